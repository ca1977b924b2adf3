import { ShapeError } from "@accord-rl/core";
import { checkGradients, expectNoLeak } from "@accord-rl/testing";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { bradleyTerryLoss, centeringLoss, preferenceProbability, softplus } from "./losses.ts";
import { lastToken, meanPool } from "./pooling.ts";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const loss = (gaps: number[], more: { probabilities?: number[]; margins?: number[] } = {}) =>
  bradleyTerryLoss({
    preferredScores: tf.tensor1d(gaps),
    rejectedScores: tf.zeros([gaps.length]),
    ...(more.probabilities && { probabilities: tf.tensor1d(more.probabilities) }),
    ...(more.margins && { margins: tf.tensor1d(more.margins) }),
  });

describe("bradleyTerryLoss", () => {
  it("by hand: −log σ(gap − margin)", () => {
    expect(loss([0, 1, -1])).toBeAllClose([Math.LN2, 0.313262, 1.313262]);
    expect(loss([2], { margins: [0.5] })).toBeAllClose([0.201413]);
    // ¾·.313262 + ¼·1.313262
    expect(loss([1], { probabilities: [0.75] })).toBeAllClose([0.563262]);
  });

  it("identities: label 1 is the default; turning pair and label round changes nothing; ½ is even", () => {
    expect(loss([0.3, -2], { probabilities: [1, 1], margins: [0, 0] })).toBeAllClose(loss([0.3, -2]));
    expect(loss([-0.3, 2], { probabilities: [0.2, 0.9] })).toBeAllClose(
      loss([0.3, -2], { probabilities: [0.8, 0.1] }),
    );
    expect(loss([1.7], { probabilities: [0.5] })).toBeAllClose(loss([-1.7], { probabilities: [0.5] }));
  });

  it("a soft label's lowest loss is where σ(gap) is the label", () => {
    const gap = Math.log(0.7 / 0.3);
    const gradient = tf.grad((x) => {
      const preferredScores = x as tf.Tensor1D;
      const probabilities = tf.tensor1d([0.7]);
      return tf.sum(bradleyTerryLoss({ preferredScores, rejectedScores: tf.zeros([1]), probabilities }));
    })(tf.tensor1d([gap]));
    expect(gradient).toBeAllClose([0]);
    expect(preferenceProbability(gap, 0)).toBeCloseTo(0.7, 12);
  });

  it("gradients: central differences, also at a gap of 0, and finite far out", () => {
    const probabilities = tf.tensor1d([1, 0.3, 0.6]);
    const margins = tf.tensor1d([0, 0.5, -1]);
    checkGradients(
      (first, second) =>
        bradleyTerryLoss({
          preferredScores: first as tf.Tensor1D,
          rejectedScores: second as tf.Tensor1D,
          probabilities,
          margins,
        }),
      [tf.tensor1d([0.5, 1, -2]), tf.tensor1d([0.5, -0.4, 1])],
    );
    const far = tf.valueAndGrad((x) =>
      tf.sum(bradleyTerryLoss({ preferredScores: x as tf.Tensor1D, rejectedScores: tf.zeros([3]) })),
    )(tf.tensor1d([-1e4, 0, 1e4]));
    expect(far.value).toBeAllClose(1e4 + Math.LN2);
    expect(far.grad).toBeAllClose([-1, -0.5, 0]);
  });

  it("refuses other shapes and leaks nothing", async () => {
    const scores = tf.tensor1d([1, 2]);
    expect(() => bradleyTerryLoss({ preferredScores: scores, rejectedScores: tf.tensor1d([1]) })).toThrow(
      "bradleyTerryLoss: rejectedScores has shape [1], expected [2] (same as preferredScores)",
    );
    expect(() => centeringLoss(scores, tf.tensor1d([1]))).toThrow(ShapeError);
    await expectNoLeak(() => bradleyTerryLoss({ preferredScores: scores, rejectedScores: scores }));
    await expectNoLeak(() => softplus(scores));
    await expectNoLeak(() => centeringLoss(scores, scores));
  });
});

it("centeringLoss is (r + r′)², with its gradient", () => {
  expect(centeringLoss(tf.tensor1d([1, -2]), tf.tensor1d([0.5, 2]))).toBeAllClose([2.25, 0]);
  checkGradients(
    (first, second) => centeringLoss(first as tf.Tensor1D, second as tf.Tensor1D),
    [tf.tensor1d([1, -0.3]), tf.tensor1d([0.5, 2])],
  );
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
