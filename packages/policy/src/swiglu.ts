import type { Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { customOp } from "./custom-op.ts";
import { splitParts } from "./split-parts.ts";

const halves = (x: Tensor2D): [Tensor2D, Tensor2D] => {
  const half = x.shape[1] / 2;
  return splitParts(x, [half, half], 1) as [Tensor2D, Tensor2D];
};

/**
 * The gated activation of the feed-forward part.
 *
 *   y = g · σ(g) · u,   x = [g, u]
 *
 * Gradient flows to: x.
 *
 * @param x  [N, 2F] gate and up side by side
 * @returns [N, F]
 * @see Shazeer 2020, GLU variants improve transformer. https://arxiv.org/abs/2002.05202
 */
export const swiglu = (x: Tensor2D): Tensor2D =>
  customOp([x], {
    forward: (save) => {
      const [gate, up] = halves(x);
      const sigmoid = tf.sigmoid(gate);
      save(x, sigmoid);
      return tf.mul(tf.mul(gate, sigmoid), up);
    },
    backward: (dy, saved) => {
      const [gate, up] = halves(saved[0] as Tensor2D);
      const sigmoid = saved[1] as Tensor2D;
      const silu = tf.mul(gate, sigmoid);
      // d silu / d g = σ + silu · (1 − σ) = σ + silu − silu · σ
      const slope = tf.sub(tf.add(sigmoid, silu), tf.mul(silu, sigmoid));
      return [tf.concat([tf.mul(tf.mul(dy, up), slope), tf.mul(dy, silu)], 1)];
    },
  });
