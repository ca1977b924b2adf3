import { checkGradients, expectNoLeak } from "@accord-rl/testing";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { bradleyTerryLoss, pairAgreement, pairRows, softplus } from "./index.ts";

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
    await expectNoLeak(() => bradleyTerryLoss({ preferredScores: scores, rejectedScores: scores }));
    await expectNoLeak(() => softplus(scores));
  });
});

describe("pairRows", () => {
  const pair = { preferred: [1], rejected: [2] };

  it("fills in defaults; shares add up to 1, those of the accuracy leave even labels out", () => {
    const rows = pairRows("here", [
      { ...pair, weight: 3 },
      { ...pair, probability: 0.5 },
      { ...pair, weight: 0 },
    ]);
    expect(rows.map(({ share, decidedShare }) => [share, decidedShare])).toEqual([
      [0.75, 0.5],
      [0.25, 0],
      [0, 0.5],
    ]);
    expect(rows[0]).toMatchObject({ probability: 1, margin: 0 });
  });

  it("refuses what is no probability, weight or margin, and a batch without weight", () => {
    expect(() => pairRows("here", [{ ...pair, probability: 1.2 }])).toThrow(
      "here: batch[0].probability is 1.2",
    );
    expect(() => pairRows("here", [{ ...pair, weight: -1 }])).toThrow("batch[0].weight is -1");
    expect(() => pairRows("here", [{ ...pair, margin: Number.NaN }])).toThrow("batch[0].margin is NaN");
    for (const batch of [[], [{ ...pair, weight: 0 }]])
      expect(() => pairRows("here", batch)).toThrow("total weight 0");
  });
});

it("pairAgreement is 1 where the gap has the label's sign, ½ where it is 0", () => {
  const gaps = tf.tensor1d([2, -1, 0, -3]);
  expect(pairAgreement(gaps, tf.tensor1d([1, 0.9, 1, 0.2]))).toBeAllClose([1, 0, 0.5, 1]);
});
