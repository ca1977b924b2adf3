import type { Scalar, Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";

/** The largest divisor of `size` that is at most its square root. */
const divisorNearRoot = (size: number): number => {
  let divisor = Math.floor(Math.sqrt(size));
  while (divisor > 1 && size % divisor !== 0) divisor -= 1;
  return Math.max(divisor, 1);
};

/**
 * Row sums of [N, V] as [N, 1].
 *
 * WASM adds up one number after the other in float32: over a vocabulary that costs 3e-5 of the log of a sum, and
 * millions of small numbers stop counting at all. Sums of sums lose next to nothing.
 */
export const sumRows = (x: Tensor): Tensor => {
  const [rows, columns] = x.shape as [number, number];
  const parts = tf.getBackend() === "wasm" ? divisorNearRoot(columns) : 1;
  if (parts === 1) return tf.sum(x, 1, true);
  return tf.sum(tf.sum(tf.reshape(x, [rows, parts, columns / parts]), 2), 1, true);
};

/** Sum of all numbers, in the same way. */
export const sumAll = (x: Tensor): Scalar => tf.reshape(sumRows(tf.reshape(x, [1, x.size])), []) as Scalar;
