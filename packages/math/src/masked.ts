import type { Scalar, Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { checkSameShapes } from "./check-shape.ts";

/** Σ x·mask. Gradient flows to: x. */
export const maskedSum = (x: Tensor, mask: Tensor): Scalar => {
  checkSameShapes("maskedSum", { x, mask });
  return tf.tidy(() => tf.sum(tf.mul(x, mask)) as Scalar);
};

/** Σ x·mask / Σ mask; 0 under a mask that is all zero. Gradient flows to: x. */
export const maskedMean = (x: Tensor, mask: Tensor): Scalar => {
  checkSameShapes("maskedMean", { x, mask });
  return tf.tidy(() => {
    const total = tf.sum(tf.mul(x, mask));
    const count = tf.sum(mask);
    return tf.div(total, tf.where(tf.greater(count, 0), count, tf.onesLike(count))) as Scalar;
  });
};
