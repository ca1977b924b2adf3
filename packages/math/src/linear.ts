import type { Tensor, Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { checkShape } from "./check-shape.ts";
import { defineOp } from "./define-op.ts";

const linearOp = defineOp({
  name: "AccordLinear",
  savedInputs: ["x", "weight"],
  savedOutputs: [false],
  forward: ({ x, weight, bias }) => {
    const y = tf.matMul(x!, weight!, false, true); // [N, O]
    return [bias === undefined ? y : tf.add(y, bias)];
  },
  gradient: (dy, [x, weight]) => ({
    x: () => tf.matMul(dy, weight!), // [N, I]
    weight: () => tf.matMul(dy, x!, true), // [O, I]
    bias: () => tf.sum(dy, 0),
  }),
});

/**
 * y = x·Wᵀ + b, with the weight as checkpoints store it.
 *
 * Gradient flows to: x, weight, bias; a frozen one costs nothing.
 *
 * @param x       [..., I].
 * @param weight  [O, I].
 * @param bias    [O].
 * @returns [..., O].
 */
export const linear = (x: Tensor, weight: Tensor2D, bias?: Tensor1D): Tensor => {
  checkShape("linear", "weight", weight, ["O", "I"]);
  const [outputs, inputs] = weight.shape;
  const leading = x.shape.slice(0, -1);
  checkShape("linear", "x", x, [...leading, inputs], "its last dimension is the weight's second");
  if (bias !== undefined) checkShape("linear", "bias", bias, [outputs], "the weight's first dimension");
  return tf.tidy(() => {
    const flat = tf.reshape(x, [-1, inputs]);
    const y = linearOp(bias === undefined ? { x: flat, weight } : { x: flat, weight, bias });
    return tf.reshape(y, [...leading, outputs]);
  });
};
