import type { Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { customOp } from "./custom-op.ts";

/** Rows moved to mean 0. @param x [N, D] */
const centered = (x: Tensor2D): Tensor2D => tf.sub(x, tf.mean(x, 1, true));

/**
 * Normalisation of each row to mean 0 and variance 1.
 *
 *   y = x̂ · w + b,   x̂ = (x − μ) · r,   r = 1 / √(mean((x − μ)²) + ε)
 *
 * Gradient flows to: x, weight and bias.
 *
 * @param x       [N, D]
 * @param weight  [D]
 * @param bias    [D]
 * @returns [N, D]
 * @see Ba et al. 2016. https://arxiv.org/abs/1607.06450
 */
export const layerNorm = (
  x: Tensor2D,
  { weight, bias }: { readonly weight: Tensor1D; readonly bias: Tensor1D },
  epsilon: number,
): Tensor2D =>
  customOp([x, weight, bias], {
    forward: (save) => {
      const moved = centered(x);
      const r = tf.rsqrt(tf.add(tf.mean(tf.square(moved), 1, true), epsilon)); // [N, 1]
      const normalised = tf.mul(moved, r);
      save(normalised, weight, r);
      return tf.add(tf.mul(normalised, weight), bias);
    },
    backward: (dy, saved) => {
      const [normalised, weight, r] = saved as [Tensor2D, Tensor1D, Tensor2D];
      const product = tf.mul(dy, normalised);
      // dx = r · (g − mean(g) − x̂ · mean(g · x̂)),   g = dy · w
      const scaled = tf.mul(dy, weight) as Tensor2D;
      const mean = tf.mean(tf.mul(product, weight), 1, true); // [N, 1]
      const dx = tf.mul(tf.sub(centered(scaled), tf.mul(normalised, mean)), r);
      return [dx, tf.sum(product, 0), tf.sum(dy, 0)];
    },
  });
