import { checkSameShapes, checkShape, logSoftmax } from "@accord-rl/math";
import type { Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";

/**
 * Projects the distribution of R + γ^m·Z onto the outcomes z_0 … z_{K−1}, which lie evenly from minimum to maximum.
 *
 *   m_i = Σ_j p_j·max(1 − |clip(R + γ^m·z_j, z_0, z_{K−1}) − z_i|/Δz, 0)
 *
 * No gradient is meant.
 *
 * @param inputs.probabilities  [N, K] of z_j.
 * @returns [N, K], each row adding up to 1.
 * @see Bellemare et al. 2017, eq. 7. https://arxiv.org/abs/1707.06887
 */
export const projectCategories = (
  {
    probabilities,
    rewards,
    discounts,
  }: { readonly probabilities: Tensor2D; readonly rewards: Tensor1D; readonly discounts: Tensor1D },
  { minimum, maximum }: { readonly minimum: number; readonly maximum: number },
): Tensor2D => {
  checkShape("projectCategories", "probabilities", probabilities, ["N", "K"]);
  const [rows, count] = probabilities.shape;
  checkShape("projectCategories", "rewards", rewards, [rows]);
  checkShape("projectCategories", "discounts", discounts, [rows]);
  return tf.tidy(() => {
    const interval = (maximum - minimum) / (count - 1);
    const outcomes = Float32Array.from({ length: count }, (_, i) => minimum + interval * i);
    const moved = tf.add(
      tf.reshape(rewards, [-1, 1]),
      tf.mul(tf.reshape(discounts, [-1, 1]), tf.tensor2d(outcomes, [1, count])),
    ); // [N, K]
    const inside = tf.minimum(tf.maximum(moved, minimum), maximum);
    const distances = tf.abs(tf.sub(tf.expandDims(inside, 1), tf.tensor(outcomes, [1, count, 1]))); // [N, K, K]
    const shares = tf.relu(tf.sub(1, tf.div(distances, interval)));
    return tf.sum(tf.mul(shares, tf.expandDims(probabilities, 1)), 2) as Tensor2D;
  });
};

/**
 * −Σ_i m_i·log p_i. Gradient flows to: logits.
 *
 * @param logits  [N, K]. @param targets [N, K] probabilities.
 * @returns [N], unreduced.
 */
export const categoricalCrossEntropy = (logits: Tensor2D, targets: Tensor2D): Tensor1D => {
  checkSameShapes("categoricalCrossEntropy", { logits, targets });
  return tf.tidy(() => tf.neg(tf.sum(tf.mul(targets, logSoftmax(logits)), 1)) as Tensor1D);
};
