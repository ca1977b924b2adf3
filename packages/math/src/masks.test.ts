import { InvalidArgumentError, ShapeError } from "@accord-rl/core";
import { checkGradients, expectNoLeak } from "@accord-rl/testing";
import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  fixedLengthMean,
  type LossAggregation,
  sequenceMean,
  sequenceSumMean,
  tokenMean,
} from "./aggregation.ts";
import { maskedMean, maskedSum } from "./masked.ts";

const mask = tf.tensor2d([
  [1, 1, 1],
  [1, 0, 0],
  [0, 0, 0],
]);
const losses = tf.tensor2d([
  [1, 2, 3],
  [10, 99, 99],
  [99, 99, 99],
]);

describe("masked reductions", () => {
  test("by hand: 1 + 2 + 3 + 10 = 16, over 4", () => {
    expect(maskedSum(losses, mask)).toBeAllClose(16);
    expect(maskedMean(losses, mask)).toBeAllClose(4);
  });

  test("give 0 under an empty mask, with a finite gradient", () => {
    const empty = tf.zeros([3, 3]);
    expect(maskedSum(losses, empty)).toBeAllClose(0);
    expect(maskedMean(losses, empty)).toBeAllClose(0);
    expect(tf.grad((x: tf.Tensor) => maskedMean(x, empty))(losses)).toBeAllClose(empty);
  });

  test("have the gradient of their values, leak nothing, refuse other shapes", async () => {
    checkGradients(
      (x) => maskedMean(tf.square(x), mask),
      [
        tf.tensor2d([
          [1, 2, 3],
          [1, 2, 3],
          [1, 2, 3],
        ]),
      ],
    );
    await expectNoLeak(() => [maskedSum(losses, mask), maskedMean(losses, mask)]);
    expect(() => maskedSum(losses, tf.ones([3]))).toThrow(ShapeError);
    expect(() => maskedMean(losses, tf.ones([3, 1]))).toThrow(
      "maskedMean: mask has shape [3, 1], expected [3, 3]",
    );
  });
});

const aggregations: [string, LossAggregation, number][] = [
  // (1 + 2 + 3 + 10) / 4
  ["tokenMean", tokenMean, 4],
  // (2 + 10) / 2: the empty sequence takes no part
  ["sequenceMean", sequenceMean, 6],
  // (6 + 10) / 2
  ["sequenceSumMean", sequenceSumMean, 8],
  // (6 + 10) / (2 · 4)
  ["fixedLengthMean", fixedLengthMean(4), 2],
];

describe.each(aggregations)("%s", (_name, aggregate, expected) => {
  const total = (rows: tf.Tensor, weights: tf.Tensor) => tf.sum(tf.mul(rows, weights));

  test("by hand", () => {
    expect(total(losses, aggregate(mask))).toBeAllClose(expected);
  });

  test("is 0 under an empty mask", () => {
    expect(aggregate(tf.zeros([2, 2]))).toBeAllClose([
      [0, 0],
      [0, 0],
    ]);
  });

  test("more padding changes nothing", () => {
    const padded = aggregate(
      tf.pad(mask, [
        [0, 2],
        [1, 1],
      ]),
    );
    expect(tf.slice(padded, [0, 1], [3, 3])).toBeAllClose(aggregate(mask));
  });

  test("micro-batches of any size add up to the minibatch", () => {
    const mixed = tf.tensor2d(Array.from({ length: 6 }, (_, i) => [1, 1, i % 2, i % 3 === 0 ? 1 : 0]));
    const values = tf.tensor2d(Array.from({ length: 6 }, (_, i) => [i, -i, 2 * i + 1, 3]));
    const weights = aggregate(mixed);
    const whole = total(values, weights);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), (size) => {
        tf.tidy(() => {
          const parts = Array.from({ length: Math.ceil(6 / size) }, (_, i) => {
            const rows = Math.min(size, 6 - i * size);
            return total(
              tf.slice(values, [i * size, 0], [rows, 4]),
              tf.slice(weights, [i * size, 0], [rows, 4]),
            );
          });
          expect(tf.addN(parts)).toBeAllClose(whole);
        });
      }),
    );
  });

  test("leaks nothing, refuses other shapes", async () => {
    await expectNoLeak(() => aggregate(mask));
    expect(() => aggregate(tf.ones([3]) as unknown as tf.Tensor2D)).toThrow(ShapeError);
  });
});

test.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])("fixedLengthMean refuses %d", (length) => {
  expect(() => fixedLengthMean(length)).toThrow(InvalidArgumentError);
});
