import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";

interface Arguments {
  readonly inputs: { readonly x: tf.TensorInfo };
  readonly backend: BackendWasm;
  readonly attrs: { readonly reps: readonly number[] };
}

/** Repeats one number by filling memory with it: the backend's own kernel, with which `tf.where` spreads its condition, moves it number by number. */
const repeat = ({ inputs: { x }, backend, attrs }: Arguments): tf.TensorInfo => {
  const output = backend.makeOutput([...attrs.reps], x.dtype);
  const [value] = backend.typedArrayFromHeap(x);
  backend.typedArrayFromHeap(output).fill(value as number);
  return output;
};

/** Makes `tf.tile` of a single number fast on the WASM backend. */
export const registerTile = (): void => {
  const own = tf.getKernel(tf.Tile, "wasm");
  tf.unregisterKernel(tf.Tile, "wasm");
  tf.registerKernel({
    ...own,
    kernelFunc: (parts) => {
      const given = parts as unknown as Arguments;
      const isOne = tf.util.sizeFromShape(given.inputs.x.shape) === 1 && given.inputs.x.dtype !== "string";
      return isOne ? repeat(given) : own.kernelFunc(parts);
    },
  });
};
