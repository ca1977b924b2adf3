import type { Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";

const halves = (x: tf.Tensor): [Tensor2D, Tensor2D] => tf.split(x as Tensor2D, 2, 1) as [Tensor2D, Tensor2D];

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
  tf.customGrad((...inputs) => {
    const [x, save] = inputs as unknown as [Tensor2D, tf.GradSaveFunc];
    const [gate, up] = halves(x);
    const sigmoid = tf.sigmoid(gate);
    const value = tf.mul(tf.mul(gate, sigmoid), up);
    save([x, sigmoid]);
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) => {
      const [gate, up] = halves(saved[0] as Tensor2D);
      const sigmoid = saved[1] as Tensor2D;
      const silu = tf.mul(gate, sigmoid);
      // d silu / d g = σ + silu · (1 − σ) = σ + silu − silu · σ
      const slope = tf.sub(tf.add(sigmoid, silu), tf.mul(silu, sigmoid));
      return tf.concat([tf.mul(tf.mul(dy, up), slope), tf.mul(dy, silu)], 1);
    };
    return { value, gradFunc };
  })(x) as Tensor2D;
