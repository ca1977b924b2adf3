import { InvalidArgumentError } from "@accord-rl/core";
import { expectNoLeak } from "@accord-rl/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { clipByGlobalNorm, globalNorm, type LossAndAuxiliary, valueAndGradients } from "./gradients.ts";

const weight = tf.variable(tf.tensor1d([1, 2]));
const unused = tf.variable(tf.scalar(5));
const parameters = { weight, unused };
const inputs = tf.tensor2d([
  [1, 2],
  [3, 4],
  [5, 6],
]);
/** Σ (x·w)²: with w = [1, 2] the products are 5, 11, 17. */
const loss = (rows: tf.Tensor2D = inputs): LossAndAuxiliary<{ products: tf.Tensor }> => {
  const products = tf.sum(tf.mul(rows, weight), 1);
  return { loss: tf.sum(tf.square(products)) as tf.Scalar, auxiliary: { products: tf.sum(products) } };
};

describe("valueAndGradients", () => {
  test("by hand: 25 + 121 + 289; gradient 2·Σ (x·w)·x", () => {
    const { loss: value, gradients, auxiliary } = valueAndGradients(() => loss(), parameters);
    expect(value).toBeAllClose(435);
    // 2·(5·1 + 11·3 + 17·5), 2·(5·2 + 11·4 + 17·6)
    expect(gradients.weight!).toBeAllClose([246, 312]);
    expect(gradients.unused!).toBeAllClose(0);
    expect(auxiliary.products).toBeAllClose(33);
  });

  test("leaks nothing, also inside tidy and when the closure throws", async () => {
    await expectNoLeak(() => valueAndGradients(() => loss(), parameters));
    await expectNoLeak(() =>
      tf.tidy(() => {
        valueAndGradients(() => loss(), parameters);
      }),
    );
    await expectNoLeak(() => {
      expect(() =>
        valueAndGradients(() => {
          throw new InvalidArgumentError({ argument: "x", value: 0, message: "from the closure" });
        }, parameters),
      ).toThrow("from the closure");
    });
  });

  test("refuses a loss that is no scalar", () => {
    expect(() => valueAndGradients(() => ({ loss: tf.square(weight) }), parameters)).toThrow(
      "loss has shape [2], expected []",
    );
  });

  test("says so when the loss depends on no parameter", () => {
    expect(() => valueAndGradients(() => ({ loss: tf.scalar(1) }), parameters)).toThrow(
      "the loss depends on none of the parameters (weight, unused)",
    );
  });
});

describe("gradients", () => {
  const gradients = { a: tf.tensor2d([[3, 0]]), b: tf.scalar(4) };

  test("clip to a global norm: √(9 + 16) = 5", async () => {
    expect(globalNorm(gradients)).toBeAllClose(5);
    const clipped = clipByGlobalNorm(gradients, 1);
    expect(clipped.norm).toBeAllClose(5);
    expect(clipped.gradients.a!).toBeAllClose([[0.6, 0]]);
    expect(clipped.gradients.b!).toBeAllClose(0.8);
    expect(globalNorm(clipped.gradients)).toBeAllClose(1);
    await expectNoLeak(() => clipByGlobalNorm(gradients, 1));
  });

  test("stay as they are below it, and at 0", () => {
    expect(clipByGlobalNorm(gradients, 6).gradients.b!).toBeAllClose(4, { rtol: 0, atol: 0 });
    expect(clipByGlobalNorm({ a: tf.zeros([2]) }, 1).gradients.a!).toBeAllClose([0, 0]);
  });
});
