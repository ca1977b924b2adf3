import type { Tensor, Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { customOp } from "./custom-op.ts";

/** Inputs of the gradient, and what the forward pass made: r = 1 / √(mean(x²) + ε), [N, 1]. */
export interface SavedRms {
  readonly x: Tensor2D;
  readonly weight: Tensor;
  readonly r: Tensor2D;
}

/** 1 / √(mean(x²) + ε) of each row. @returns [N, 1] */
export const inverseRms = (x: Tensor2D, epsilon: number): Tensor2D =>
  tf.rsqrt(tf.add(tf.mean(tf.square(x), 1, true), epsilon) as Tensor2D);

/**
 * Gradients of y = x · r · w.
 *
 *   dx = (dy · w − x̂ · mean(dy · x̂ · w)) · r,   x̂ = x · r
 *
 * @returns for x [N, D], and for the weight, of each row: [N, D]
 */
export const rmsNormGradients = (dy: Tensor, { x, weight, r }: SavedRms): { x: Tensor2D; rows: Tensor2D } => {
  const normalised = tf.mul(x, r);
  const product = tf.mul(dy, normalised) as Tensor2D;
  const mean = tf.div(tf.sum(tf.mul(product, weight), 1, true), x.shape[1]); // [N, 1]
  return { x: tf.mul(tf.sub(tf.mul(dy, weight), tf.mul(normalised, mean)), r), rows: product };
};

/**
 * Root mean square normalisation of each row.
 *
 *   y = x · r · w,   r = 1 / √(mean(x²) + ε)
 *
 * Gradient flows to: x and weight.
 *
 * @param x       [N, D]
 * @param weight  [D]
 * @returns [N, D]
 * @see Zhang & Sennrich 2019. https://arxiv.org/abs/1910.07467
 */
export const rmsNorm = (x: Tensor2D, weight: Tensor1D, epsilon: number): Tensor2D =>
  customOp([x, weight], {
    forward: (save) => {
      const r = inverseRms(x, epsilon);
      save(x, weight, r);
      return tf.mul(tf.mul(x, r), weight);
    },
    backward: (dy, saved) => {
      const [x, weight, r] = saved as [Tensor2D, Tensor1D, Tensor2D];
      const { x: dx, rows } = rmsNormGradients(dy, { x, weight, r });
      return [dx, tf.sum(rows, 0)];
    },
  });
