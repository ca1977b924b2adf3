import { ShapeError } from "@accord-rl/core";
import { checkGradients, expectNoLeak } from "@accord-rl/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import golden from "./__fixtures__/advantages.json" with { type: "json" };
import { scaleToUnitVariance, whiten } from "./whiten.ts";

const four = tf.tensor2d([
  [1, 2],
  [3, 6],
]);
const all = tf.ones([2, 2]) as tf.Tensor2D;

describe("whiten", () => {
  test("by hand: mean 3, squares 4 + 1 + 0 + 9 = 14, variance 14/4 or 14/3", () => {
    expect(whiten(four, all)).toBeAllClose([
      [-1.069045, -0.534522],
      [0, 1.603567],
    ]);
    expect(whiten(four, all, { variance: "unbiased" })).toBeAllClose([
      [-0.92582, -0.46291],
      [0, 1.38873],
    ]);
  });

  test.each(["biased", "unbiased"] as const)("equals PyTorch's %s variance under a mask", (variance) => {
    const advantages = tf.tensor2d(golden.outputs.advantages);
    const mask = tf.tensor2d(golden.inputs.mask);
    expect(whiten(advantages, mask, { variance })).toBeAllClose(golden.outputs.whitened[variance], {
      atol: 2e-6,
    });
  });

  test("ignores what is masked, which becomes 0", () => {
    const mask = tf.tensor2d([
      [1, 1, 0],
      [1, 1, 0],
    ]);
    const padded = tf.concat([four, tf.fill([2, 1], 1e6)], 1);
    expect(whiten(padded as tf.Tensor2D, mask)).toBeAllClose(
      tf.pad(whiten(four, all), [
        [0, 0],
        [0, 1],
      ]),
    );
  });

  test("nothing, one entry, or equal entries give 0", () => {
    for (const variance of ["biased", "unbiased"] as const) {
      expect(whiten(four, tf.zeros([2, 2]), { variance })).toBeAllClose(tf.zeros([2, 2]));
      expect(
        whiten(
          four,
          tf.tensor2d([
            [0, 1],
            [0, 0],
          ]),
          { variance },
        ),
      ).toBeAllClose(tf.zeros([2, 2]));
      expect(whiten(tf.fill([2, 2], 7), all, { variance })).toBeAllClose(tf.zeros([2, 2]));
    }
  });

  test("centres numbers that differ in their last bit alone", () => {
    // 1000 and the next float32, 2⁻¹⁴ = 6.1e-5 above it: no float32 lies between them, but their mean does.
    // Three of one and one of the other: −¼, −¼, −¼ and ¾ of 6.1e-5, variance 3/16·(6.1e-5)² = 6.98e-10.
    const step = 2 ** -14;
    const x = tf.tensor2d([[1000, 1000, 1000, 1000 + step]]);
    const scale = step / Math.sqrt((3 / 16) * step ** 2 + 1e-8);
    expect(whiten(x, tf.onesLike(x))).toBeAllClose([[-scale / 4, -scale / 4, -scale / 4, (3 * scale) / 4]]);
  });

  test("shift and scale change nothing", () => {
    expect(whiten(tf.add(tf.mul(four, 5), 3), all)).toBeAllClose(whiten(four, all));
  });

  test("adds epsilon to the variance", () => {
    // (1 − 3)/√(3.5 + 0.5) = −1
    expect(whiten(four, all, { epsilon: 0.5 })).toBeAllClose([
      [-1, -0.5],
      [0, 1.5],
    ]);
  });

  test("has the gradient of its values, leaks nothing, refuses other shapes", async () => {
    checkGradients((x) => whiten(x as tf.Tensor2D, all), [four]);
    await expectNoLeak(() => whiten(four, all));
    expect(() => whiten(four, tf.ones([2, 3]))).toThrow(ShapeError);
  });
});

describe("scaleToUnitVariance", () => {
  test("keeps the mean: whiten plus 3, and 0 where masked", async () => {
    expect(scaleToUnitVariance(four, all)).toBeAllClose(tf.add(whiten(four, all), 3));
    const some = tf.tensor2d([
      [1, 1],
      [0, 0],
    ]);
    // mean 1.5, deviation 0.5
    expect(scaleToUnitVariance(four, some)).toBeAllClose([
      [0.5, 2.5],
      [0, 0],
    ]);
    await expectNoLeak(() => scaleToUnitVariance(four, all));
  });
});
