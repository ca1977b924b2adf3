import type { Tensor, Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { checkShape } from "./check-shape.ts";
import { defineOp } from "./define-op.ts";

/** a·b of 2-D tensors, either transposed first: WASM has a fast path only for operands that are not. */
const product = (a: Tensor2D, b: Tensor2D, transposeA: boolean, transposeB: boolean): Tensor2D => {
  if (tf.getBackend() !== "wasm") return tf.matMul(a, b, transposeA, transposeB);
  return tf.matMul(transposeA ? tf.transpose(a) : a, transposeB ? tf.transpose(b) : b);
};

/**
 * x·Wᵀ. On WASM, what gets transposed is the smaller: the weight, or x and the result (as for one token at a time,
 * where it is several times faster).
 */
const project = (x: Tensor2D, weight: Tensor2D): Tensor2D => {
  const [outputs, inputs] = weight.shape;
  const isFewRows = x.shape[0] * (inputs + outputs) < inputs * outputs;
  if (tf.getBackend() === "wasm" && isFewRows) return tf.transpose(product(weight, x, false, true));
  return product(x, weight, false, true);
};

const linearOp = defineOp({
  name: "AccordLinear",
  savedInputs: ["x", "weight"],
  savedOutputs: [false],
  forward: ({ x, weight, bias }) => {
    const y = project(x as Tensor2D, weight as Tensor2D); // [N, O]
    return [bias === undefined ? y : tf.add(y, bias)];
  },
  gradient: (dy, [x, weight]) => ({
    x: () => product(dy as Tensor2D, weight as Tensor2D, false, false), // [N, I]
    weight: () => product(dy as Tensor2D, x as Tensor2D, true, false), // [O, I]
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
