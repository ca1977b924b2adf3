import type { Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";

/**
 * Rows of every tensor: a minibatch. No gradient flows through it.
 *
 * @param tensors  each with the same first dimension.
 * @returns tensors of the same names, with one row per index.
 */
export const gatherRows = <T extends Readonly<Record<string, Tensor>>>(
  tensors: T,
  indices: readonly number[] | Int32Array,
): T =>
  tf.tidy(() => {
    const rows = tf.tensor1d(Int32Array.from(indices), "int32");
    return Object.fromEntries(
      Object.entries(tensors).map(([name, tensor]) => [name, tf.gather(tensor, rows)]),
    ) as unknown as T;
  });
