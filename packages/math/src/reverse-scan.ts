import type { Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";

/** x with column t holding column t + offset; 0 beyond the end. */
export const shiftLeft = (x: Tensor2D, offset: number): Tensor2D => {
  const [rows, columns] = x.shape;
  return tf.pad(tf.slice(x, [0, offset], [rows, columns - offset]), [
    [0, 0],
    [0, offset],
  ]);
};

/**
 * y_t = input_t + decay_t · y_{t+1}, from the last column to the first.
 *
 * In log₂ T rounds of whole-tensor ops (recursive doubling) rather than T steps: a loop of small ops is what is slow
 * on every backend. After the round with `offset`, y_t holds `2·offset` terms and d_t the product of as many decays.
 *
 * @param input  [B, T].
 * @param decay  [B, T]; its last column has no effect.
 * @returns [B, T].
 */
export const reverseScan = (input: Tensor2D, decay: Tensor2D): Tensor2D => {
  const steps = input.shape[1];
  let y = input;
  let d = decay;
  for (let offset = 1; offset < steps; offset *= 2) {
    y = tf.add(y, tf.mul(d, shiftLeft(y, offset)));
    d = tf.mul(d, shiftLeft(d, offset));
  }
  return y;
};
