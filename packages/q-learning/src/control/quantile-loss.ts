import { checkShape, stopGradient } from "@accord-rl/math";
import type { Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { huber } from "./td-loss.ts";

/**
 * The quantile Huber loss.
 *
 *   L = Σ_i mean_j |τ_i − [u_ij < 0]|·L_κ(u_ij)/κ,   u_ij = y_j − θ_i,   τ_i = (i + ½)/K
 *
 * Gradient flows to: predictions.
 *
 * @param predictions  [N, K] θ_i. @param targets [N, K'] y_j.
 * @param options.threshold  κ > 0, default 1.
 * @returns [N], unreduced.
 * @see Dabney et al. 2018, eq. 9 and 10, algorithm 1. https://arxiv.org/abs/1710.10044
 */
export const quantileHuber = (
  predictions: Tensor2D,
  targets: Tensor2D,
  { threshold = 1 }: { readonly threshold?: number } = {},
): Tensor1D => {
  checkShape("quantileHuber", "predictions", predictions, ["N", "K"]);
  checkShape("quantileHuber", "targets", targets, [predictions.shape[0], "K"]);
  const count = predictions.shape[1];
  return tf.tidy(() => {
    const errors = tf.sub(tf.expandDims(targets, 1), tf.expandDims(predictions, 2)); // [N, K, K']
    const levels = tf.tensor(
      Float32Array.from({ length: count }, (_, i) => (i + 0.5) / count),
      [1, count, 1],
    );
    const isBelow = tf.cast(tf.less(stopGradient(errors), 0), "float32");
    const weighted = tf.mul(tf.abs(tf.sub(levels, isBelow)), huber(errors, threshold)); // [N, K, K']
    return tf.div(tf.sum(tf.mean(weighted, 2), 1), threshold);
  });
};
