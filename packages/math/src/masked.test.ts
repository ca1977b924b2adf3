import { checkGradients, expectNoLeak } from "@accord-rl/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { maskedMean, maskedMoments, maskedSum } from "./masked.ts";

test.each([1e4, 1e6 + 3, 1e7])("sums and means of %d numbers are right to 1e-6", (count) => {
  // No multiple of float32's 0.1 is exact; numbers from 0.5 to 1.5 round either way.
  const same = Float32Array.from({ length: count }).fill(0.1);
  const different = same.map((_, i) => 0.5 + ((i * 7919) % 10_007) / 10_007);
  for (const numbers of [same, different]) {
    let total = 0;
    for (const value of numbers) total += value; // in float64
    tf.tidy(() => {
      const x = tf.tensor1d(numbers);
      const mask = tf.onesLike(x);
      expect(maskedSum(x, mask)).toBeAllClose(total, { rtol: 1e-6, atol: 0 });
      expect(maskedMean(x, mask)).toBeAllClose(total / count, { rtol: 1e-6, atol: 0 });
    });
  }
});

describe("maskedMoments", () => {
  test("by hand: of 1, 2, 3 and 6 the mean is 3 and the variance 14/4; of nothing both are 0", () => {
    const x = tf.tensor2d([
      [1, 2, Number.NaN],
      [3, 6, 1e30],
    ]);
    const mask = tf.tensor2d([
      [1, 1, 0],
      [1, 1, 0],
    ]);
    expect(maskedMoments(x, mask).mean).toBeAllClose(3);
    expect(maskedMoments(x, mask).variance).toBeAllClose(3.5);
    expect(maskedMoments(x, tf.zerosLike(x)).mean).toBeAllClose(0);
    expect(maskedMoments(x, tf.zerosLike(x)).variance).toBeAllClose(0);
  });

  test("are finite where sums of the numbers are not", () => {
    // (3e38 + 2e38)/2
    expect(maskedMoments(tf.tensor1d([3e38, 2e38]), tf.ones([2])).mean).toBeAllClose(2.5e38);
  });

  test("hide no NaN", () => {
    expect(maskedMoments(tf.tensor1d([1, Number.NaN]), tf.ones([2])).mean.dataSync()[0]).toBeNaN();
  });

  test("have the gradients of their values, and leak nothing", async () => {
    const mask = tf.tensor1d([1, 1, 0, 1]);
    const x = tf.tensor1d([0.5, -1, 3, 2]);
    checkGradients((x) => maskedMoments(x, mask).mean, [x]);
    checkGradients((x) => maskedMoments(x, mask).variance, [x]);
    await expectNoLeak(() => maskedMoments(x, mask));
  });
});
