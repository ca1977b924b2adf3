import type { Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { customOp } from "./custom-op.ts";

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
      const r = tf.rsqrt(tf.add(tf.mean(tf.square(x), 1, true), epsilon)); // [N, 1]
      save(x, weight, r);
      return tf.mul(tf.mul(x, r), weight);
    },
    backward: (dy, saved) => {
      const [x, weight, r] = saved as [Tensor2D, Tensor1D, Tensor2D];
      const normalised = tf.mul(x, r);
      const product = tf.mul(dy, normalised);
      const mean = tf.div(tf.sum(tf.mul(product, weight), 1, true), x.shape[1]); // [N, 1]
      return [tf.mul(tf.sub(tf.mul(dy, weight), tf.mul(normalised, mean)), r), tf.sum(product, 0)];
    },
  });
