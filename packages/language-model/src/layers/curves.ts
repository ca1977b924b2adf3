import type { Tensor, Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";

/** A function of one number that stands in a feed-forward part. */
export interface Curve {
  /** The costly part, kept for the gradient. */
  inner(x: Tensor2D): Tensor2D;
  /** y, from x and its inner part. */
  value(x: Tensor2D, inner: Tensor2D): Tensor2D;
  /** dy / dx. */
  slope(x: Tensor2D, inner: Tensor2D, value: Tensor2D): Tensor;
}

/** x · σ(x). @see Hendrycks & Gimpel 2016. https://arxiv.org/abs/1606.08415 */
export const silu: Curve = {
  inner: (x) => tf.sigmoid(x),
  value: (x, sigmoid) => tf.mul(x, sigmoid),
  // d silu / dx = σ + silu · (1 − σ) = σ + silu − silu · σ
  slope: (_x, sigmoid, value) => tf.sub(tf.add(sigmoid, value), tf.mul(value, sigmoid)),
};

/**
 * x · Φ(x) with the normal distribution itself.
 *
 *   Φ(x) = (1 + erf(x / √2)) / 2
 *
 * @see Hendrycks & Gimpel 2016. https://arxiv.org/abs/1606.08415
 */
export const exactGelu = {
  inner: (x: Tensor2D): Tensor2D => tf.mul(tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1), 0.5) as Tensor2D,
  value: (x: Tensor2D, share: Tensor2D): Tensor2D => tf.mul(x, share),
  // dy / dx = Φ + x · exp(−x² / 2) / √(2π)
  slope: (x: Tensor2D, share: Tensor2D): Tensor => {
    const density = tf.mul(tf.exp(tf.mul(tf.square(x), -0.5)), 1 / Math.sqrt(2 * Math.PI));
    return tf.add(share, tf.mul(x, density));
  },
} satisfies Curve;

const steepness = 1.702;

/** x · σ(1.702 x). @see Hendrycks & Gimpel 2016, §2. https://arxiv.org/abs/1606.08415 */
export const quickGelu = {
  inner: (x: Tensor2D): Tensor2D => tf.sigmoid(tf.mul(x, steepness)) as Tensor2D,
  value: (x: Tensor2D, sigmoid: Tensor2D): Tensor2D => tf.mul(x, sigmoid),
  // dy / dx = σ + 1.702 · x · σ · (1 − σ)
  slope: (x: Tensor2D, sigmoid: Tensor2D): Tensor => {
    const steep = tf.mul(tf.mul(x, steepness), tf.mul(sigmoid, tf.sub(1, sigmoid)));
    return tf.add(sigmoid, steep);
  },
} satisfies Curve;

const scale = Math.sqrt(2 / Math.PI);
const cubic = 0.044715;

/**
 * x · Φ(x) with the normal distribution approximated by tanh.
 *
 *   y = x / 2 · (1 + t),   t = tanh(√(2/π) · (x + 0.044715 x³))
 *
 * @see Hendrycks & Gimpel 2016, §2. https://arxiv.org/abs/1606.08415
 */
export const gelu = {
  inner: (x: Tensor2D): Tensor2D =>
    tf.tanh(tf.mul(tf.mul(x, scale), tf.add(tf.mul(tf.square(x), cubic), 1)) as Tensor2D),
  value: (x: Tensor2D, t: Tensor2D): Tensor2D => tf.mul(tf.mul(x, 0.5), tf.add(t, 1)),
  // dy / dx = (1 + t) / 2 + x / 2 · (1 − t²) · √(2/π) · (1 + 3 · 0.044715 x²)
  slope: (x: Tensor2D, t: Tensor2D): Tensor => {
    const inside = tf.mul(tf.add(tf.mul(tf.square(x), 3 * cubic), 1), scale / 2);
    const steep = tf.mul(tf.mul(x, tf.sub(1, tf.square(t))), inside);
    return tf.add(tf.mul(tf.add(t, 1), 0.5), steep);
  },
} satisfies Curve;
