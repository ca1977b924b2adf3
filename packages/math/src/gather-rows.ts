import type { Tensor, Tensor1D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";

/**
 * Rows of every tensor: a minibatch. No gradient flows through it.
 *
 * @param tensors  each with the same first dimension.
 * @param indices  an int32 tensor inside a function that is compiled.
 * @returns tensors of the same names, with one row per index.
 */
export const gatherRows = <T extends Readonly<Record<string, Tensor>>>(
  tensors: T,
  indices: readonly number[] | Int32Array | Tensor1D,
): T =>
  tf.tidy(() => {
    const rows = indices instanceof tf.Tensor ? indices : tf.tensor1d(Int32Array.from(indices), "int32");
    return Object.fromEntries(
      Object.entries(tensors).map(([name, tensor]) => [name, tf.gather(tensor, rows)]),
    ) as unknown as T;
  });
