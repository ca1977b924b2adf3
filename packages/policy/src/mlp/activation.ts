import type { Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";

/** What stands between a perceptron's layers: the same function of tensors, and of the numbers of an array, in place. */
export interface Activation {
  apply(x: Tensor): Tensor;
  applyOnHost(x: Float64Array): void;
}

export const tanh: Activation = {
  apply: (x) => tf.tanh(x),
  applyOnHost: (x) => {
    for (let i = 0; i < x.length; i++) x[i] = Math.tanh(x[i]!);
  },
};

/** max(x, 0). */
export const relu: Activation = {
  // Not tf.relu: on native TensorFlow its gradient takes twice as many operations.
  apply: (x) => tf.maximum(x, 0),
  applyOnHost: (x) => {
    for (let i = 0; i < x.length; i++) if (x[i]! < 0) x[i] = 0;
  },
};
