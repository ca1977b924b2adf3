import { AccordError } from "@accord-rl/core";
import * as tf from "@tensorflow/tfjs-core";

/** A product whose gradient is written here: tfjs-core has none of its own in Node. */
const product = (x: tf.Tensor2D, w: tf.Tensor2D): tf.Tensor2D =>
  tf.customGrad((x, w) => {
    const [left, right] = [x, w] as [tf.Tensor2D, tf.Tensor2D];
    return {
      value: tf.matMul(left, right), // [2, 2]
      gradFunc: (dy: tf.Tensor) => [tf.matMul(dy, right, false, true), tf.matMul(left, dy, true, false)],
    };
  })(x, w) as tf.Tensor2D;

const requireEqual = async (what: string, got: tf.Tensor, expected: readonly number[]): Promise<void> => {
  const values = [...(await got.data())];
  got.dispose();
  if (values.length === expected.length && values.every((value, i) => value === expected[i])) return;
  throw new AccordError(`its ${what} is [${values.join(", ")}], expected [${expected.join(", ")}]`);
};

/**
 * Computes a product and the gradient of ‖XW‖² with the current backend, and compares both with values by hand:
 * ∂‖XW‖²/∂W = 2·Xᵀ(XW).
 *
 * @throws AccordError when a number is wrong.
 */
export const selfCheck = async (): Promise<void> => {
  const x = tf.tensor2d([1, 2, 3, 4], [2, 2]);
  const w = tf.tensor2d([5, 6, 7, 8], [2, 2]);
  await requireEqual("matrix product", tf.matMul(x, w), [19, 22, 43, 50]);
  const gradient = tf.tidy(() => {
    const outer = tf.mul(product(x, w), 2) as tf.Tensor2D; // ∂‖Y‖²/∂Y = 2Y
    return tf.grads((x: tf.Tensor, w: tf.Tensor) => product(x as tf.Tensor2D, w as tf.Tensor2D))(
      [x, w],
      outer,
    )[1] as tf.Tensor;
  });
  await requireEqual("gradient", gradient, [296, 344, 420, 488]);
  tf.dispose([x, w]);
};
