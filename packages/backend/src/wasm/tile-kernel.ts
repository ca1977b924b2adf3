import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";
import { replaceKernel } from "../replace-kernel.ts";

interface Arguments {
  readonly inputs: { readonly x: tf.TensorInfo };
  readonly backend: BackendWasm;
  readonly attrs: { readonly reps: readonly number[] };
}

/** Repeats one number by filling memory with it. */
const repeat = ({ inputs: { x }, backend, attrs }: Arguments): tf.TensorInfo => {
  const output = backend.makeOutput([...attrs.reps], x.dtype);
  const [value] = backend.typedArrayFromHeap(x);
  backend.typedArrayFromHeap(output).fill(value as number);
  return output;
};

/**
 * Makes `tf.tile` of a single number fast on the WASM backend, whose own kernel copies it one by one: `tf.where` spreads
 * its condition so.
 */
export const registerTile = (): void =>
  replaceKernel(tf.Tile, "wasm", (own) => (parts) => {
    const given = parts as unknown as Arguments;
    const { shape, dtype } = given.inputs.x;
    return tf.util.sizeFromShape(shape) === 1 && dtype !== "string" ? repeat(given) : own(parts);
  });
