import { checkSameShapes } from "@accord-rl/math";
import type { Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";

/** An elementwise loss of predictions and targets of one shape. Gradient flows to: predictions. */
export type TdLoss = (predictions: Tensor, targets: Tensor) => Tensor;

const errors = (where: string, predictions: Tensor, targets: Tensor): Tensor => {
  checkSameShapes(where, { predictions, targets });
  return tf.sub(targets, predictions);
};

/**
 * Half the squared TD error: ½(y − q)².
 *
 * @returns the shape of the inputs, unreduced.
 */
export const squaredLoss: TdLoss = (predictions, targets) =>
  tf.tidy(() => tf.mul(tf.square(errors("squaredLoss", predictions, targets)), 0.5));

/**
 * Huber's loss, which bounds the gradient of a TD error by κ.
 *
 *   L(δ) = ½δ² where |δ| ≤ κ, otherwise κ(|δ| − ½κ);   δ = y − q
 *
 * With κ = 1 it is PyTorch's smooth L1.
 *
 * @param threshold  κ > 0. Default 1 (Mnih et al. 2015).
 * @returns a function whose result has the shape of its inputs, unreduced.
 * @see Huber 1964; Mnih et al. 2015, Methods. https://doi.org/10.1038/nature14236
 */
export const huberLoss =
  (threshold = 1): TdLoss =>
  (predictions, targets) =>
    tf.tidy(() => huber(errors("huberLoss", predictions, targets), threshold));

/** L(δ) = c·(|δ| − ½c) with c = min(|δ|, κ): both branches in one expression, whose gradient is clip(δ, ±κ). */
export const huber = (deltas: Tensor, threshold: number): Tensor => {
  const magnitudes = tf.abs(deltas);
  const capped = tf.minimum(magnitudes, threshold);
  return tf.mul(capped, tf.sub(magnitudes, tf.mul(capped, 0.5)));
};
