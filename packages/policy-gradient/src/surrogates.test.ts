import { ShapeError } from "@accord-rl/core";
import { checkGradients, expectNoLeak } from "@accord-rl/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import {
  approximateKl,
  clippedSurrogate,
  importanceRatio,
  isClipped,
  policyGradientLoss,
  ratioDeviation,
  valueLoss,
} from "./index.ts";

const rows = (...values: number[]): tf.Tensor2D => tf.tensor2d([values]);
const logs = (...ratios: number[]): tf.Tensor2D => rows(...ratios.map(Math.log));

describe("policyGradientLoss and valueLoss", () => {
  const batch = { logProbs: rows(-1, -2, -0.5), advantages: rows(2, -1, 0) };
  const critic = { values: rows(1, 2, 3), returns: rows(2, 0, 3) };

  test("by hand", () => {
    expect(policyGradientLoss(batch)).toBeAllClose([[2, -2, 0]]);
    // ½·1², ½·2², 0
    expect(valueLoss(critic)).toBeAllClose([[0.5, 2, 0]]);
  });

  test("have the gradients −Â and V − R", () => {
    const gradient = tf.grad((logProbs) =>
      policyGradientLoss({ ...batch, logProbs: logProbs as tf.Tensor2D }),
    );
    expect(gradient(batch.logProbs)).toBeAllClose([[-2, 1, 0]]);
    checkGradients((values) => valueLoss({ ...critic, values: values as tf.Tensor2D }), [critic.values]);
    const ofValues = tf.grad((values) => valueLoss({ ...critic, values: values as tf.Tensor2D }));
    expect(ofValues(critic.values)).toBeAllClose([[-1, 2, 0]]);
  });

  test("leak nothing, and refuse other shapes", async () => {
    await expectNoLeak(() => [policyGradientLoss(batch), valueLoss(critic)]);
    expect(() => policyGradientLoss({ ...batch, advantages: tf.zeros([1, 2]) })).toThrow(ShapeError);
    expect(() => valueLoss({ ...critic, returns: tf.zeros([3, 1]) })).toThrow(ShapeError);
  });
});

describe("another ε above", () => {
  const batch = {
    logProbs: logs(1.25, 1.25, 0.75, 0.75, 1.3),
    oldLogProbs: rows(0, 0, 0, 0, 0),
    advantages: rows(1, -1, 1, -1, 1),
  };
  const higher = { clipEpsilon: 0.2, clipEpsilonHigh: 0.28 };

  test("lets good tokens grow further: ρ = 1.25 is inside, 1.3 is not", () => {
    // −1.25, max(1.25, 1.25), −.75, max(.75, .8), −min(1.3, 1.28)
    expect(clippedSurrogate(batch, higher)).toBeAllClose([[-1.25, 1.25, -0.75, 0.8, -1.28]]);
    expect(clippedSurrogate(batch)).toBeAllClose([[-1.2, 1.25, -0.75, 0.8, -1.2]]);
  });

  test("is what counts as clipped", () => {
    expect(isClipped(batch, higher)).toBeAllClose([[0, 0, 0, 1, 1]]);
    expect(isClipped(batch)).toBeAllClose([[1, 0, 0, 1, 1]]);
  });

  test("gives no gradient where it is clipped", () => {
    const loss = (now: tf.Tensor) => clippedSurrogate({ ...batch, logProbs: now as tf.Tensor2D }, higher);
    // −ρ·Â where it is free
    expect(tf.grad(loss)(batch.logProbs)).toBeAllClose([[-1.25, 1.25, -0.75, 0, 0]]);
  });
});

test("ratios: 1 where nothing moved, held where one token strays", () => {
  const same = { logProbs: rows(-1, -2), oldLogProbs: rows(-1, -2) };
  expect(importanceRatio(same)).toBeAllClose([[1, 1]]);
  expect(ratioDeviation(same)).toBeAllClose([[0, 0]]);
  const moved = { logProbs: logs(1.5, 0.8), oldLogProbs: rows(0, 0) };
  expect(ratioDeviation(moved)).toBeAllClose([[0.5, 0.2]]);
  // ½·.405465², ½·.223144²
  expect(approximateKl(moved)).toBeAllClose([[0.082201, 0.0248966]]);
  const stray = importanceRatio({ logProbs: rows(0), oldLogProbs: rows(-1e4) });
  expect(stray).toBeAllClose([[Math.exp(20)]]);
});
