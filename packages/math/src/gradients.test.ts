import { InvalidArgumentError } from "@accord-rl/core";
import { createCompile, expectNoLeak } from "@accord-rl/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import {
  accumulateGradients,
  addGradients,
  clipByGlobalNorm,
  globalNorm,
  gradientStep,
  type LossAndAuxiliary,
  valueAndGradients,
} from "./gradients.ts";

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

describe("accumulateGradients", () => {
  const batches = [0, 1, 2].map((i) => ({ rows: tf.slice(inputs, [i, 0], [1, 2]) }));
  const step = gradientStep(({ rows }: { rows: tf.Tensor2D }) => loss(rows), parameters);

  test("micro-batches add up to the whole", () => {
    const whole = valueAndGradients(() => loss(), parameters);
    const parts = accumulateGradients(batches, step);
    expect(parts.loss).toBeAllClose(whole.loss);
    expect(parts.gradients.weight!).toBeAllClose(whole.gradients.weight!);
    expect(parts.auxiliary.products!).toBeAllClose(33);
  });

  test("a compiled step gives the same", () => {
    const compiled = gradientStep(
      ({ rows }: { rows: tf.Tensor2D }) => loss(rows),
      parameters,
      createCompile(),
    );
    // The first call records, the second is the recording.
    for (let call = 0; call < 2; call++) {
      const [plain, fast] = [accumulateGradients(batches, step), accumulateGradients(batches, compiled)];
      expect(fast.loss).toBeAllClose(plain.loss);
      expect(fast.gradients.weight!).toBeAllClose(plain.gradients.weight!);
      expect(fast.gradients.unused!).toBeAllClose(0);
      expect(fast.auxiliary.products!).toBeAllClose(33);
    }
  });

  test("a loss without anything to hand out", () => {
    const bare = gradientStep(({ rows }: { rows: tf.Tensor2D }) => ({ loss: loss(rows).loss }), parameters);
    expect(accumulateGradients(batches, bare).auxiliary).toEqual({});
  });

  test("leaks nothing, refuses nothing to add", async () => {
    await expectNoLeak(() => accumulateGradients(batches, step));
    await expectNoLeak(() => accumulateGradients(batches.slice(0, 1), step));
    expect(() => accumulateGradients([], step)).toThrow("got no micro-batch");
  });
});

describe("gradients", () => {
  const gradients = { a: tf.tensor2d([[3, 0]]), b: tf.scalar(4) };

  test("add by name", async () => {
    const sum = addGradients(gradients, { b: tf.scalar(1), a: tf.tensor2d([[1, 1]]) });
    expect(sum.a!).toBeAllClose([[4, 1]]);
    expect(sum.b!).toBeAllClose(5);
    expect(() => addGradients(gradients, { a: tf.scalar(1) })).toThrow("b is missing");
    await expectNoLeak(() => addGradients(gradients, gradients));
  });

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
