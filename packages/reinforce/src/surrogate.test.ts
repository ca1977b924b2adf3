import { InvalidArgumentError, ShapeError } from "@accord-rl/core";
import { fixedLengthMean, type LossAggregation, sequenceMean, tokenMean } from "@accord-rl/math";
import { policyGradientLoss } from "@accord-rl/policy-gradient";
import { checkGradients, expectNoLeak } from "@accord-rl/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import golden from "./__fixtures__/losses.json" with { type: "json" };
import {
  meanSequenceRatio,
  plainGradient,
  type Surrogate,
  sequenceRatio,
  tokenRatio,
  truncatedRatio,
} from "./index.ts";

const mask = tf.tensor2d(golden.inputs.mask);
const logProbs = tf.tensor2d(golden.inputs.logProbs);
const oldLogProbs = tf.tensor2d(golden.inputs.oldLogProbs);
const spread = (advantages: readonly number[]): tf.Tensor2D =>
  tf.mul(tf.tensor2d([...advantages], [advantages.length, 1]), mask);

const all: [string, Surrogate][] = [
  ["plainGradient", plainGradient],
  ["tokenRatio", tokenRatio()],
  ["sequenceRatio", sequenceRatio()],
  ["meanSequenceRatio", meanSequenceRatio({ clipEpsilon: 0.05, clipEpsilonHigh: 0.08 })],
  ["truncatedRatio", truncatedRatio({ largestRatio: 1.1 })],
];

describe("losses and gradients agree with PyTorch", () => {
  const { leaveOneOut, groupMean, standardized } = golden.outputs.advantages;
  test.each<[keyof typeof golden.gradients, number[], Surrogate, LossAggregation]>([
    ["grpo", standardized, tokenRatio(), sequenceMean],
    ["drGrpo", groupMean, tokenRatio(), fixedLengthMean(5)],
    ["dapo", standardized, tokenRatio({ clipEpsilonHigh: 0.28 }), tokenMean],
    ["gspo", standardized, meanSequenceRatio({ clipEpsilon: 0.05, clipEpsilonHigh: 0.08 }), sequenceMean],
    ["rloo", leaveOneOut, sequenceRatio(), sequenceMean],
    ["cispo", standardized, truncatedRatio({ largestRatio: 1.1 }), tokenMean],
  ])("%s", (name, perSequence, surrogate, aggregation) => {
    const advantages = spread(perSequence);
    const objective = (now: tf.Tensor): tf.Scalar => {
      const perToken = surrogate.loss({ logProbs: now as tf.Tensor2D, oldLogProbs, advantages, mask });
      return tf.sum(tf.mul(perToken, aggregation(mask)));
    };
    const { value, grad } = tf.valueAndGrad(objective)(logProbs);
    expect(value).toBeAllClose(golden.outputs.losses[name]);
    expect(grad).toBeAllClose(golden.gradients[name]);
  });
});

const createSmall = () => ({
  logProbs: tf.tensor2d([[-1, -0.5, -2]]),
  oldLogProbs: tf.tensor2d([[-1.02, -0.51, -1.97]]),
  advantages: tf.tensor2d([[1, 1, 0]]),
  mask: tf.tensor2d([[1, 1, 0]]),
});

// The truncated ratio's weights are constants for the gradient: it is not the derivative of its own value.
test.each(all.filter(([name]) => name !== "truncatedRatio"))(
  "%s has the gradient of its value",
  (_, surrogate) => {
    const small = createSmall();
    checkGradients((now) => surrogate.loss({ ...small, logProbs: now as tf.Tensor2D }), [small.logProbs], {
      step: 3e-3,
    });
  },
);

describe.each(all)("%s", (_, surrogate) => {
  const small = createSmall();

  test("where nothing has moved, its gradient is the policy gradient", () => {
    const weigh = surrogate.sumsTokens ? 2 : 1;
    const at = { ...small, oldLogProbs: tf.clone(small.logProbs) };
    const gradientOf = (loss: (now: tf.Tensor2D) => tf.Tensor) =>
      tf.grad((now) => tf.sum(tf.mul(loss(now as tf.Tensor2D), small.mask)))(small.logProbs);
    const own = gradientOf((now) => surrogate.loss({ ...at, logProbs: now }));
    const plain = gradientOf((now) => policyGradientLoss({ ...at, logProbs: now }));
    expect(own).toBeAllClose(tf.mul(plain, weigh));
  });

  test("padding gets no gradient and changes nothing; finite at extremes; leaks nothing", async () => {
    const far = { ...small, logProbs: tf.tensor2d([[-1, -0.5, 9e3]]) };
    expect(tf.mul(surrogate.loss(far), small.mask)).toBeAllClose(tf.mul(surrogate.loss(small), small.mask));
    const extreme = { ...small, logProbs: tf.tensor2d([[-1e4, 1e4, 0]]) };
    expect(Array.from(surrogate.loss(extreme).dataSync()).every(Number.isFinite)).toBe(true);
    const none = { ...small, mask: tf.zeros([1, 3]) as tf.Tensor2D };
    expect(Array.from(surrogate.loss(none).dataSync()).every(Number.isFinite)).toBe(true);
    await expectNoLeak(() => [surrogate.loss(small), surrogate.clipped?.(small)]);
  });

  test("refuses other shapes", () => {
    expect(() => surrogate.loss({ ...small, advantages: tf.zeros([1, 2]) })).toThrow(ShapeError);
  });
});

describe("by hand", () => {
  const rows = (...values: number[]): tf.Tensor2D => tf.tensor2d([values]);
  /** Ratios 1.5 and 0.9; the third is padding. */
  const two = {
    logProbs: rows(Math.log(1.5), Math.log(0.9), 7),
    oldLogProbs: rows(0, 0, 0),
    advantages: rows(2, 2, 2),
    mask: rows(1, 1, 0),
  };

  test("ratios of tokens and sequences, the lower of two bounds", () => {
    // min(1.5, 1.28)·2, .9·2
    expect(tokenRatio({ clipEpsilonHigh: 0.28 }).loss(two)).toBeAllClose([[-2.56, -1.8, -2.56]]);
    // 1.5·.9 = 1.35, √1.35 = 1.161895
    expect(sequenceRatio({ clipEpsilon: 0.5 }).loss(two)).toBeAllClose([[-2.7, -2.7, -2.7]]);
    expect(meanSequenceRatio({ clipEpsilonHigh: 0.5 }).loss(two)).toBeAllClose([
      [-2.32379, -2.32379, -2.32379],
    ]);
    expect(meanSequenceRatio().loss(two)).toBeAllClose([[-2.0008, -2.0008, -2.0008]]);
  });

  test("what is clipped", () => {
    expect(tokenRatio().clipped!(two)).toBeAllClose([[1, 0, 1]]);
    expect(tokenRatio({ clipEpsilonHigh: 0.6 }).clipped!(two)).toBeAllClose([[0, 0, 1]]);
    expect(sequenceRatio({ clipEpsilon: 0.3 }).clipped!(two)).toBeAllClose([[1, 1, 1]]);
    expect(sequenceRatio({ clipEpsilon: 0.4 }).clipped!(two)).toBeAllClose([[0, 0, 0]]);
    expect(truncatedRatio({ largestRatio: 1.2 }).clipped!(two)).toBeAllClose([[1, 0, 1]]);
  });

  test("the truncated ratio weighs, and keeps the gradient of every token", () => {
    // −min(1.5, 1.2)·2·log 1.5, −.9·2·log .9
    const cut = truncatedRatio({ largestRatio: 1.2 });
    expect(tf.slice(cut.loss(two), [0, 0], [1, 2])).toBeAllClose([
      [-2.4 * Math.log(1.5), -1.8 * Math.log(0.9)],
    ]);
    const gradient = tf.grad((now) => cut.loss({ ...two, logProbs: now as tf.Tensor2D }))(two.logProbs);
    expect(gradient).toBeAllClose([[-2.4, -1.8, -2.4]]);
    expect(() => truncatedRatio({ largestRatio: 1 })).toThrow(InvalidArgumentError);
  });
});
