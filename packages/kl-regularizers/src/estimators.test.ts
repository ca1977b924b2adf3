import { createRandom, type KlInputs, ShapeError } from "@accord-rl/core";
import { checkGradients, expectNoLeak } from "@accord-rl/testing";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { KlEstimator } from "./estimator.ts";
import { exact, forwardK3, k1, k2, k3, klEstimators, ratioK1, ratioK3 } from "./estimators.ts";
import { exactKl, k2Values, k3Values } from "./kl-values.ts";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

// The bandit of three actions that the expected numbers are for: logits of the policy, probabilities of the reference.
const theta = [0.2, -0.1, 0.4];
const reference = [0.5, 0.3, 0.2];
const reverseKl = [-0.173181, -0.075571, 0.248752]; // ∇KL(π‖ref)
const forwardKl = [-0.162415, -0.049911, 0.212327]; // ∇KL(ref‖π)

/** One row per action, so that an expectation over actions is a weighted sum of the rows. */
const enumerate = (logits: tf.Tensor1D, behaviour?: readonly number[]): KlInputs => {
  const logProbs = tf.logSoftmax(logits) as tf.Tensor1D; // [3]
  const column = (row: tf.Tensor) => tf.reshape(row, [3, 1]) as tf.Tensor2D;
  const everyRow = (row: tf.Tensor) => tf.tile(tf.reshape(row, [1, 1, 3]), [3, 1, 1]) as tf.Tensor3D;
  const logReference = tf.log(tf.tensor1d(reference));
  return {
    policy: { logProbs: column(logProbs), distribution: everyRow(logProbs) },
    reference: { logProbs: column(logReference), distribution: everyRow(logReference) },
    behaviourLogProbs: behaviour
      ? column(tf.log(tf.tensor1d([...behaviour])))
      : column(tf.log(tf.softmax(tf.tensor1d(theta)))),
  };
};

const weights = (behaviour?: readonly number[]) =>
  tf.reshape(behaviour ? tf.tensor1d([...behaviour]) : tf.softmax(tf.tensor1d(theta)), [3, 1]);

/** E_{a ~ behaviour}[∇ estimate]: the placement in the loss. */
const lossGradient = (value: (inputs: KlInputs) => tf.Tensor, behaviour?: readonly number[]) =>
  tf.grad((logits) => tf.sum(tf.mul(weights(behaviour), value(enumerate(logits as tf.Tensor1D, behaviour)))))(
    tf.tensor1d(theta),
  );

/** E_{a ~ π}[estimate · ∇log π]: the placement in the reward, whatever the estimator declares. */
const rewardGradient = ({ value }: KlEstimator) => {
  const estimate = value(enumerate(tf.tensor1d(theta)));
  return tf.grad((logits) => {
    const { policy } = enumerate(logits as tf.Tensor1D);
    return tf.sum(tf.mul(weights(), tf.mul(estimate, policy.logProbs)));
  })(tf.tensor1d(theta));
};

describe("expected gradients, by enumeration", () => {
  const close = { rtol: 1e-5, atol: 2e-6 }; // the expected numbers have six decimals

  it.each([
    ["k1", k1, [0, 0, 0]],
    ["k2", k2, reverseKl],
    ["k3", k3, forwardKl],
    ["forwardK3", forwardK3, forwardKl],
    ["exact", exact, reverseKl],
    ["ratioK1", ratioK1, reverseKl],
    ["ratioK3", ratioK3, reverseKl],
  ] as const)("%s in the loss", (_, estimator, expected) => {
    expect(lossGradient(estimator.value)).toBeAllClose(expected, close);
  });

  it.each([
    ["k1", k1, reverseKl],
    ["k2", k2, [-0.020578, -0.030397, 0.050974]],
    ["k3", k3, [-0.010766, -0.02566, 0.036426]], // reverse − forward
    ["exact", exact, [0, 0, 0]],
  ] as const)("%s in the reward", (_, estimator, expected) => {
    expect(rewardGradient(estimator)).toBeAllClose(expected, close);
  });

  it("ρ·k1 and ρ·k3 stay right after the policy left the behaviour; k2 and ρ·k2 do not", () => {
    const behaviour = [0.6, 0.1, 0.3];
    expect(lossGradient(ratioK1.value, behaviour)).toBeAllClose(reverseKl, close);
    expect(lossGradient(ratioK3.value, behaviour)).toBeAllClose(reverseKl, close);
    expect(lossGradient(k2.value, behaviour)).not.toBeAllClose(reverseKl, { atol: 0.05 });
    const ratioK2 = ({ policy, reference, behaviourLogProbs }: KlInputs) =>
      tf.mul(
        tf.exp(tf.sub(policy.logProbs, behaviourLogProbs)),
        k2Values(tf.sub(policy.logProbs, reference.logProbs)),
      );
    expect(lossGradient(ratioK2)).toBeAllClose([-0.193759, -0.105967, 0.299727], close);
  });

  it("what is declared is what was just measured", () => {
    const gradients = { "KL(policy‖reference)": reverseKl, "KL(reference‖policy)": forwardKl };
    for (const estimator of Object.values(klEstimators) as KlEstimator[]) {
      const { loss, reward } = estimator.lawful;
      if (loss) expect(lossGradient(estimator.value)).toBeAllClose(gradients[loss.gradient], close);
      if (reward) expect(rewardGradient(estimator)).toBeAllClose(gradients[reward.gradient], close);
    }
  });
});

describe("expected values", () => {
  const expected = (estimator: KlEstimator) =>
    tf.sum(tf.mul(weights(), estimator.value(enumerate(tf.tensor1d(theta)))));

  it.each([
    ["k1", k1, 0.120209],
    ["k2", k2, 0.138099], // biased
    ["k3", k3, 0.120209],
    ["exact", exact, 0.120209],
    ["ratioK1", ratioK1, 0.120209],
    ["ratioK3", ratioK3, 0.120209],
  ] as const)("%s", (_, estimator, value) => {
    expect(expected(estimator)).toBeAllClose(value, { atol: 1e-6, rtol: 1e-5 });
  });

  // Schulman's table: the sample is of N(0, 1), the other of N(μ, 1); KL = μ²/2. Bias and std in units of the KL.
  it.each([
    { mean: 0.1, name: "k1", estimator: k1, bias: 0, deviation: 20 },
    { mean: 0.1, name: "k2", estimator: k2, bias: 0.0025, deviation: 1.418 },
    { mean: 0.1, name: "k3", estimator: k3, bias: 0, deviation: 1.417 },
    { mean: 1, name: "k1", estimator: k1, bias: 0, deviation: 2 },
    { mean: 1, name: "k2", estimator: k2, bias: 0.25, deviation: 1.732 },
    { mean: 1, name: "k3", estimator: k3, bias: 0, deviation: 1.695 },
  ])("of $name against N($mean, 1), sampled", ({ mean, estimator, bias, deviation }) => {
    const random = createRandom(7);
    const size = 200_000;
    const draws = tf.tensor2d(Float32Array.from({ length: size }, random.normal), [1, size]);
    const logDensity = (at: number) => tf.mul(-0.5, tf.square(tf.sub(draws, at))) as tf.Tensor2D;
    const values = estimator
      .value({
        policy: { logProbs: logDensity(0) },
        reference: { logProbs: logDensity(mean) },
        behaviourLogProbs: logDensity(0),
      })
      .dataSync<"float32">();
    const kl = mean ** 2 / 2;
    const average = values.reduce((sum, value) => sum + value / size, 0);
    const spread = Math.sqrt(values.reduce((sum, value) => sum + (value - average) ** 2 / size, 0));
    const standardError = deviation / Math.sqrt(size);
    expect(Math.abs(average / kl - 1 - bias)).toBeLessThan(4 * standardError + 1e-3 * bias);
    // k3's fourth moment is large: its spread is known to about 2 %.
    expect(Math.abs(spread / kl / deviation - 1)).toBeLessThan(0.02);
  });
});

describe("values", () => {
  const inputs = (logProbs: number[], logReference: number[], behaviour = logProbs): KlInputs => ({
    policy: { logProbs: tf.tensor2d([logProbs]) },
    reference: { logProbs: tf.tensor2d([logReference]) },
    behaviourLogProbs: tf.tensor2d([behaviour]),
  });

  it("by hand", () => {
    // π = ½, π_ref = ¼: r = log 2 = .693147; k2 = r²/2 = .240227; k3 = ½ − 1 + r = .193147; ρ = ½ ÷ ¼ = 2
    const half = inputs([Math.log(0.5)], [Math.log(0.25)], [Math.log(0.25)]);
    expect(k1.value(half)).toBeAllClose([[Math.LN2]]);
    expect(k2.value(half)).toBeAllClose([[0.240227]]);
    expect(k3.value(half)).toBeAllClose([[0.193147]]);
    expect(ratioK1.value(half)).toBeAllClose([[1.386294]]);
    expect(ratioK3.value(half)).toBeAllClose([[0.386294]]);
  });

  it("is 0 where policy and reference agree", () => {
    const same = enumerate(tf.log(tf.tensor1d(reference)));
    for (const { value } of Object.values(klEstimators)) {
      expect(value(same)).toBeAllClose([[0], [0], [0]], { atol: 1e-6 });
    }
  });

  it("k3 is never negative, and keeps its digits near 0", () => {
    const small = [-1e-3, -1e-4, 1e-4, 1e-3, 0.5, -0.5, 8, -8];
    const values = k3Values(tf.tensor2d([small]));
    expect(Math.min(...values.dataSync())).toBeGreaterThanOrEqual(0);
    // x²/2 ∓ x³/6 for the log ratio −x
    expect(tf.slice(values, [0, 0], [1, 4])).toBeAllClose(
      [[5.001667e-7, 5.0001667e-9, 4.99983e-9, 4.99833e-7]],
      {
        rtol: 1e-2, // float32 keeps 1e-10 of a log ratio of 1e-3
        atol: 1e-9,
      },
    );
  });

  it("value and gradient stay finite at ±1e4 and at impossible actions", () => {
    for (const { value } of [k1, k2, k3, forwardK3, ratioK1, ratioK3]) {
      for (const [own, other] of [
        [-1e4, -1],
        [-1, -1e4],
      ] as const) {
        const result = tf.valueAndGrad((logProbs) =>
          tf.sum(value({ ...inputs([-1], [other]), policy: { logProbs: logProbs as tf.Tensor2D } })),
        )(tf.tensor2d([[own]]));
        expect(Number.isFinite(result.value.dataSync()[0])).toBe(true);
        expect(Number.isFinite(result.grad.dataSync()[0])).toBe(true);
      }
    }
    const impossible = tf.tensor3d([[[Math.log(0.25), Math.log(0.75), Number.NEGATIVE_INFINITY]]]);
    const logReference = tf.tensor3d([[[Math.log(0.5), Math.log(0.5), Number.NEGATIVE_INFINITY]]]);
    // ¼·log ½ + ¾·log 1.5 = .130812
    expect(exactKl(impossible, logReference)).toBeAllClose([[0.130812]]);
    const gradient = tf.grad((logPolicy) => tf.sum(exactKl(logPolicy as tf.Tensor3D, logReference)))(
      impossible,
    );
    expect(gradient).toBeAllClose([[[0.25 * (1 + Math.log(0.5)), 0.75 * (1 + Math.log(1.5)), 0]]]);
  });

  it("gradients agree with central differences", () => {
    const logReference = tf.logSoftmax(tf.tensor3d([[[0.3, -0.5, 0.8]], [[1, 0, -1]]]));
    const logits = tf.tensor3d([[[0.1, 0.6, -0.4]], [[-0.3, 0.2, 0.5]]]);
    checkGradients(
      (x) => tf.sum(exactKl(tf.logSoftmax(x as tf.Tensor3D), logReference as tf.Tensor3D)),
      [logits],
    );
    const logProbs = tf.tensor2d([[-0.7, -1.2, -2.5]]);
    for (const { value } of [k1, k2, k3, forwardK3, ratioK1, ratioK3]) {
      const fixed = inputs([-1, -1, -2], [-1.1, -0.6, -3]);
      checkGradients((x) => tf.sum(value({ ...fixed, policy: { logProbs: x as tf.Tensor2D } })), [logProbs]);
    }
  });

  it("leaks nothing", async () => {
    const all = enumerate(tf.tensor1d(theta));
    for (const { value } of Object.values(klEstimators)) await expectNoLeak(() => value(all));
  });

  it("refuses shapes that differ, and exact without distributions", () => {
    const ragged = { ...inputs([-1, -1], [-1, -1]), reference: { logProbs: tf.tensor2d([[-1]]) } };
    expect(() => k1.value(ragged)).toThrow(ShapeError);
    expect(() =>
      ratioK1.value({ ...inputs([-1], [-1]), behaviourLogProbs: tf.tensor2d([[-1, -1]]) }),
    ).toThrow(/behaviourLogProbs has shape \[1, 2\], expected \[1, 1\]/);
    expect(() => exact.value(inputs([-1], [-1]))).toThrow(/policy has no distribution/);
  });
});
