import type { Tensor } from "@tensorflow/tfjs-core";
import type { Compile, TensorFunction } from "./compile.ts";

/** Runs a function as one operation of what is being recorded. */
export type Fuser = (fn: TensorFunction, inputs: readonly Tensor[]) => ReturnType<TensorFunction>;

let current: Fuser | undefined;

/** Runs `body`, in which this is how functions are fused. For backends. */
export const withFuser = <Result>(fuser: Fuser | undefined, body: () => Result): Result => {
  const outer = current;
  current = fuser;
  try {
    return body();
  } finally {
    current = outer;
  }
};

/**
 * Makes one operation of a function of many small ones on large tensors, where it is called inside a compiled function
 * and the backend can; anywhere else the function stays as it is. It must be pure, and read nothing by indices.
 */
export const fuse: Compile = (fn) =>
  ((...inputs) => (current === undefined ? fn(...inputs) : current(fn, inputs))) as typeof fn;
