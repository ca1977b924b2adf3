import { type LossAndAuxiliary, valueAndGradients } from "@accord-rl/math";
import { createCompile, expectNoLeak } from "@accord-rl/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { accumulateGradients, addGradients, gradientStep } from "./accumulate-gradients.ts";

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

describe("addGradients", () => {
  const gradients = { a: tf.tensor2d([[3, 0]]), b: tf.scalar(4) };

  test("add by name", async () => {
    const sum = addGradients(gradients, { b: tf.scalar(1), a: tf.tensor2d([[1, 1]]) });
    expect(sum.a!).toBeAllClose([[4, 1]]);
    expect(sum.b!).toBeAllClose(5);
    expect(() => addGradients(gradients, { a: tf.scalar(1) })).toThrow("b is missing");
    await expectNoLeak(() => addGradients(gradients, gradients));
  });
});
