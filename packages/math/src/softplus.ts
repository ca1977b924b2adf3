import type { Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";

/**
 * log(1 + eˣ) without overflow, max(x, 0) + log(1 + e^−|x|), with its own gradient σ(x): the two kinks at 0 cancel.
 */
export const softplus = <T extends Tensor>(x: T): T => {
  const forward = tf.customGrad((...args) => {
    const [values, save] = args as [Tensor, tf.GradSaveFunc];
    save([values]);
    return {
      value: tf.add(tf.relu(values), tf.log1p(tf.exp(tf.neg(tf.abs(values))))),
      gradFunc: (dy: Tensor, saved: Tensor[]) => tf.mul(dy, tf.sigmoid(saved[0] as Tensor)),
    };
  });
  return tf.tidy(() => forward(x)) as T;
};
