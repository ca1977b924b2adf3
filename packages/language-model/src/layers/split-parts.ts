import type { Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { sizeOf } from "../weights/transformer-parameters.ts";

/** The two methods of the WASM backend that its own kernels are written with. */
interface WasmMemory {
  makeOutput(shape: readonly number[], dtype: string): tf.TensorInfo;
  typedArrayFromHeap(tensor: tf.TensorInfo): Float32Array;
}

const kernelName = "AccordSplitParts";

interface SplitAttributes {
  /** Elements of one run of each part: how many lie side by side. */
  readonly runs: readonly number[];
  readonly shapes: readonly (readonly number[])[];
}

/** Copies each part straight from memory to memory: the backend's own slice first copies the whole input. */
const splitOnWasm: tf.KernelFunc = ({ inputs, attrs, backend }) => {
  const memory = backend as WasmMemory;
  const { runs, shapes } = attrs as unknown as SplitAttributes;
  const x = inputs.x as tf.TensorInfo;
  const outputs = shapes.map((shape) => memory.makeOutput(shape, "float32"));
  // Views come last: making an output may move the memory.
  const source = memory.typedArrayFromHeap(x);
  const targets = outputs.map((output) => memory.typedArrayFromHeap(output));
  const row = runs.reduce((sum, run) => sum + run, 0);
  for (let start = 0, index = 0; start < source.length; start += row, index++) {
    let offset = start;
    for (const [part, target] of targets.entries()) {
      const run = runs[part] as number;
      target.set(source.subarray(offset, offset + run), index * run);
      offset += run;
    }
  }
  return outputs;
};

const runOnWasm = (x: Tensor, attributes: SplitAttributes): Tensor[] => {
  if (tf.getKernel(kernelName, "wasm") === undefined) {
    tf.registerKernel({ kernelName, backendName: "wasm", kernelFunc: splitOnWasm });
  }
  return tf.engine().runKernel(kernelName, { x }, attributes as unknown as tf.NamedAttrMap);
};

/** x cut along an axis into parts of these sizes, fast on every backend. float32; has no gradient of its own. */
export const splitParts = <T extends Tensor>(x: T, sizes: readonly number[], axis: number): T[] => {
  if (tf.getBackend() !== "wasm") return tf.split(x, [...sizes], axis);
  const inner = sizeOf(x.shape.slice(axis + 1));
  const runs = sizes.map((size) => size * inner);
  const shapes = sizes.map((size) => x.shape.map((length, i) => (i === axis ? size : length)));
  return runOnWasm(x, { runs, shapes }) as T[];
};
