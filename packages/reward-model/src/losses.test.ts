import { ShapeError } from "@accord-rl/core";
import { checkGradients, expectNoLeak } from "@accord-rl/testing";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { centeringLoss, preferenceProbability } from "./losses.ts";
import { lastToken, meanPool } from "./pooling.ts";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

it("centeringLoss is (r + r′)², with its gradient", async () => {
  expect(centeringLoss(tf.tensor1d([1, -2]), tf.tensor1d([0.5, 2]))).toBeAllClose([2.25, 0]);
  checkGradients(
    (first, second) => centeringLoss(first as tf.Tensor1D, second as tf.Tensor1D),
    [tf.tensor1d([1, -0.3]), tf.tensor1d([0.5, 2])],
  );
  expect(() => centeringLoss(tf.tensor1d([1, 2]), tf.tensor1d([1]))).toThrow(ShapeError);
  const scores = tf.tensor1d([1, 2]);
  await expectNoLeak(() => centeringLoss(scores, scores));
});

it("preferenceProbability is σ of the gap", () => {
  expect(preferenceProbability(Math.log(0.7 / 0.3), 0)).toBeCloseTo(0.7, 12);
});

describe("pooling", () => {
  const hidden = () => tf.tensor3d([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], [2, 3, 2]);

  it("by hand, with padding on either side", () => {
    const right = tf.tensor2d([
      [1, 1, 0],
      [1, 1, 1],
    ]);
    const left = tf.tensor2d([
      [0, 1, 1],
      [0, 0, 1],
    ]);
    expect(lastToken(hidden(), right)).toBeAllClose([
      [3, 4],
      [11, 12],
    ]);
    expect(lastToken(hidden(), left)).toBeAllClose([
      [5, 6],
      [11, 12],
    ]);
    expect(meanPool(hidden(), right)).toBeAllClose([
      [2, 3],
      [9, 10],
    ]);
    expect(meanPool(hidden(), left)).toBeAllClose([
      [4, 5],
      [11, 12],
    ]);
  });

  it.each([
    ["lastToken", lastToken],
    ["meanPool", meanPool],
  ] as const)("%s: zeros without tokens, gradient, shapes, no leak", async (_, pooling) => {
    const mask = tf.tensor2d([
      [1, 1, 0],
      [0, 0, 0],
    ]);
    expect(tf.slice(pooling(hidden(), mask), 1)).toBeAllClose([[0, 0]]);
    checkGradients((x) => pooling(x as tf.Tensor3D, mask), [hidden()]);
    expect(() => pooling(hidden(), tf.ones([2, 4]))).toThrow(ShapeError);
    const input = hidden();
    await expectNoLeak(() => pooling(input, mask));
  });
});
