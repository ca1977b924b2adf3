import type { Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";

/** 0, [1, 1], known when the numbers of `input` are: a graph computes nothing that has it added before then. */
export const zeroAfter = (input: Tensor): Tensor => {
  const matrix = input.rank === 2 ? input : tf.reshape(input, [-1, 1]);
  return tf.mul(tf.slice(matrix, [0, 0], [1, 1]), 0);
};
