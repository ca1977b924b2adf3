import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";
import { replaceKernel } from "../replace-kernel.ts";

const { expandShapeToKeepDim } = tf.backend_util;
const { parseAxisParam, sizeFromShape } = tf.util;

interface Arguments {
  readonly inputs: { readonly x: tf.TensorInfo };
  readonly backend: BackendWasm;
  readonly attrs: { readonly axis: number | number[] | null; readonly keepDims: boolean };
}

/**
 * Sums of float32 [outer, size, inner] over its middle, divided: [outer, inner]. Numbers and results stand in the memory
 * of the backend, at `x` and `to` in bytes.
 */
export type SumMiddle = (
  x: number,
  outer: number,
  size: number,
  inner: number,
  divisor: number,
  to: number,
) => void;

/** Axes side by side that are all summed over, as the middle one of three. */
interface Middle {
  readonly outer: number;
  readonly size: number;
  readonly inner: number;
}

/** The middles to sum over, one after the other: the last comes first, so that none needs a transposition. */
const middlesOf = (shape: readonly number[], axes: readonly number[]): Middle[] => {
  const middles: Middle[] = [];
  let inner = 1;
  for (let end = shape.length; end > 0; ) {
    const isSummed = axes.includes(end - 1);
    let begin = end - 1;
    while (begin > 0 && axes.includes(begin - 1) === isSummed) begin -= 1;
    const size = sizeFromShape(shape.slice(begin, end));
    if (isSummed) middles.push({ outer: sizeFromShape(shape.slice(0, begin)), size, inner });
    else inner *= size;
    end = begin;
  }
  return middles;
};

/** Sums of float32 by the program, one pass for each middle. */
const sumOver = (
  program: SumMiddle,
  { inputs: { x }, backend }: Arguments,
  middles: readonly Middle[],
  divisor: number,
  output: tf.TensorInfo,
): void => {
  const placeOf = ({ dataId }: tf.TensorInfo): number => backend.dataIdMap.get(dataId).memoryOffset;
  let from = x;
  for (const [pass, { outer, size, inner }] of middles.entries()) {
    const isLast = pass === middles.length - 1;
    const to = isLast ? output : backend.makeOutput([outer, inner], "float32");
    program(placeOf(from), outer, size, inner, isLast ? divisor : 1, placeOf(to));
    if (from !== x) backend.disposeData(from.dataId);
    from = to;
  }
};

const reduce = (program: SumMiddle, given: Arguments, isMean: boolean): tf.TensorInfo => {
  const { backend, attrs } = given;
  const { x } = given.inputs;
  const axes = parseAxisParam(attrs.axis as number | number[], x.shape);
  const kept = x.shape.filter((_, axis) => !axes.includes(axis));
  const shape = attrs.keepDims ? expandShapeToKeepDim(kept, axes) : kept;
  const output = backend.makeOutput(shape, x.dtype);
  const count = sizeFromShape(axes.map((axis) => x.shape[axis] as number));
  const middles = middlesOf(x.shape, axes);
  if (count === 0) backend.typedArrayFromHeap(output).fill(isMean ? Number.NaN : 0);
  else if (middles.length === 0) backend.typedArrayFromHeap(output).set(backend.typedArrayFromHeap(x));
  else sumOver(program, given, middles, isMean ? count : 1, output);
  return output;
};

const asFloats = ({ inputs: { x }, backend, attrs }: Arguments): Arguments => {
  const cast = tf.getKernel(tf.Cast, "wasm").kernelFunc as unknown as (parts: object) => tf.TensorInfo;
  return { inputs: { x: cast({ inputs: { x }, backend, attrs: { dtype: "float32" } }) }, backend, attrs };
};

/**
 * Makes `tf.sum` and `tf.mean` on the WASM backend add in float64, and round the result once per pass.
 *
 * Its own kernels add one float32 after the other: 8,192 equal numbers are off by 1e-4 of their sum, and 10⁷ by 8 %.
 * The mean of no numbers is NaN, their sum 0.
 */
export const registerSums = (program: SumMiddle): void => {
  // Sums of integers are exact as they are, unless there is nothing to add: that leaves memory as it was.
  replaceKernel(tf.Sum, "wasm", (own) => (parts) => {
    const given = parts as unknown as Arguments;
    const { shape, dtype } = given.inputs.x;
    return dtype === "float32" || sizeFromShape(shape) === 0 ? reduce(program, given, false) : own(parts);
  });
  replaceKernel(tf.Mean, "wasm", () => (parts) => {
    const given = parts as unknown as Arguments;
    if (given.inputs.x.dtype === "float32") return reduce(program, given, true);
    const floats = asFloats(given);
    const output = reduce(program, floats, true);
    given.backend.disposeData(floats.inputs.x.dataId);
    return output;
  });
};
