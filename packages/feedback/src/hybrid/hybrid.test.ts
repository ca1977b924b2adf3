import { createRandom } from "@accord-rl/core";
import { expectedCalibrationError } from "@accord-rl/evaluation";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sigmoid } from "../statistics/sigmoid.ts";
import { fitSourceWeights, fitTemperature, labelEvidence, scoreEvidence } from "./fit-weights.ts";
import { alignLabels, averageSources, firstSource, mixLabels, toPreferences } from "./mix-labels.ts";

const probability = fc.double({ min: 0, max: 1, noNaN: true });

describe("mixLabels", () => {
  const human = { name: "human", weight: 2, probabilities: [1, null, 0.5, null] };
  const ai = { name: "judge", weight: 1, probabilities: [0.4, 0.3, null, null] };

  it("averages what there is, each with its weight", () => {
    expect(mixLabels([human, ai])).toEqual([
      { probability: expect.closeTo(0.8, 12), weight: 3, sources: ["human", "judge"] },
      { probability: 0.3, weight: 1, sources: ["judge"] },
      { probability: 0.5, weight: 2, sources: ["human"] },
      null,
    ]);
  });

  it("takes AI only where humans are missing", () => {
    expect(
      mixLabels([human, ai], { mix: firstSource }).map((label) => label && [label.probability, label.weight]),
    ).toEqual([[1, 2], [0.3, 1], [0.5, 2], null]);
  });

  it("costs a reward model the same as each label by itself, up to what it can't change", () => {
    const loss = (label: number, predicted: number) =>
      -label * Math.log(predicted) - (1 - label) * Math.log(1 - predicted);
    fc.assert(
      fc.property(probability, probability, fc.double({ min: 0.1, max: 9, noNaN: true }), (p, q, weight) => {
        const mixed = averageSources([
          { name: "human", weight, probability: p },
          { name: "judge", weight: 1, probability: q },
        ]);
        for (const predicted of [0.2, 0.7]) {
          const apart = weight * loss(p, predicted) + loss(q, predicted);
          expect(mixed.weight * loss(mixed.probability, predicted)).toBeCloseTo(apart, 9);
        }
      }),
    );
  });

  it("refuses labels of other pairs, wrong probabilities and negative weights", () => {
    expect(() => mixLabels([human, { ...ai, probabilities: [1] }])).toThrow(
      "labels of judge.length is 1, expected 4",
    );
    expect(() => mixLabels([{ ...ai, probabilities: [1.2] }])).toThrow("probability of judge is 1.2");
    expect(() => mixLabels([{ ...ai, weight: -1 }])).toThrow("weight of judge is -1");
  });

  it("brings labels into the order of the pairs, and pairs into preferences", () => {
    const pairs = ["x", "y", "z"].map((id) => ({ id, prompt: "q", first: `${id}1`, second: `${id}2` }));
    const aligned = alignLabels(pairs, [
      { id: "z", probability: 0.2 },
      { id: "x", probability: 0.9 },
    ]);
    expect(aligned).toEqual([0.9, null, 0.2]);
    expect(() => alignLabels(pairs, [{ id: "w", probability: 1 }])).toThrow('"w" is not among the pairs');
    const twice = [1, 0].map((value) => ({ id: "x", probability: value }));
    expect(() => alignLabels(pairs, twice)).toThrow('"x" has two labels');
    expect(toPreferences(pairs, mixLabels([{ name: "human", weight: 3, probabilities: aligned }]))).toEqual([
      { prompt: "q", chosen: "x1", rejected: "x2", probability: 0.9, weight: 3 },
      { prompt: "q", chosen: "z2", rejected: "z1", probability: 0.8, weight: 3 },
    ]);
  });
});

/** Pairs whose truth has log-odds x·w, with what sources of the evidence x say. */
const simulate = (seed: number, count: number, weights: readonly number[]) => {
  const random = createRandom(seed);
  const evidence = weights.map(() => Array.from({ length: count }, () => 1.5 * random.normal()));
  const outcomes = Array.from({ length: count }, (_, n) => {
    const odds = weights.reduce((sum, weight, k) => sum + weight * (evidence[k]?.[n] as number), 0);
    return random.uniform() < sigmoid(odds) ? 1 : 0;
  });
  return { evidence, outcomes };
};

describe("fitSourceWeights", () => {
  it("finds planted weights within their intervals, and a useless source's around 0", () => {
    const { evidence, outcomes } = simulate(5, 400, [1.2, 0.4, 0]);
    const fit = fitSourceWeights(evidence, outcomes);
    for (const [k, planted] of [1.2, 0.4, 0].entries()) {
      const { low, high } = fit.weights[k] as { low: number; high: number };
      expect(low).toBeLessThan(planted);
      expect(high).toBeGreaterThan(planted);
    }
    expect(fit.weights[1]?.low).toBeGreaterThan(0);
    expect(fit.logLoss).toBeLessThan(fit.chanceLogLoss);
  });

  it("two sources together predict better than either alone", () => {
    const { evidence, outcomes } = simulate(6, 400, [1, 0.7]);
    const loss = (sources: readonly (readonly number[])[]) => fitSourceWeights(sources, outcomes).logLoss;
    const [one, other] = evidence as [number[], number[]];
    expect(loss([one, other])).toBeLessThan(Math.min(loss([one]), loss([other])));
  });

  it("exchanging the responses exchanges the prediction", () => {
    const { evidence, outcomes } = simulate(7, 60, [1, -0.5]);
    const { predict } = fitSourceWeights(evidence, outcomes);
    fc.assert(
      fc.property(
        fc.double({ min: -9, max: 9, noNaN: true }),
        fc.double({ min: -9, max: 9, noNaN: true }),
        (x, y) => {
          expect(predict([x, y]) + predict([-x, -y])).toBeCloseTo(1, 12);
        },
      ),
    );
    expect(() => predict([1])).toThrow("evidence.length is 1, expected 2");
  });

  it("stays finite where a source is always right", () => {
    const { weights } = fitSourceWeights([[3, -3, 2]], [1, 0, 1]);
    expect(weights[0]?.high).toBeLessThan(10);
  });

  it("takes scores of both responses, and abstentions as no evidence", () => {
    expect(scoreEvidence([3, null, 1], [1, 2, null])).toEqual([2, 0, 0]);
    expect(labelEvidence([0.5, null, 1], { margin: 0.01 })).toEqual([0, 0, expect.closeTo(Math.log(99), 12)]);
  });
});

describe("fitTemperature", () => {
  const random = createRandom(3);
  const honest = Array.from({ length: 500 }, () => 1.2 * random.normal());
  const outcomes = honest.map((odds): number => (random.uniform() < sigmoid(odds) ? 1 : 0));
  const overconfident = honest.map((odds) => sigmoid(3 * odds));
  const fit = fitTemperature([...overconfident, null], [...outcomes, 1]);

  it("finds by how much a labeler is too sure of itself: T = 3", () => {
    expect(1 / fit.scale.high).toBeLessThan(3);
    expect(1 / fit.scale.low).toBeGreaterThan(3);
    expect(fit.temperature).toBeCloseTo(1 / fit.scale.estimate, 12);
  });

  it("makes its probabilities honest", () => {
    const calibrated = overconfident.map(fit.calibrate);
    const error = (values: readonly number[]) => expectedCalibrationError(values, outcomes);
    expect(error(calibrated)).toBeLessThan(error(overconfident) / 2);
    expect(fit.logLossAfter).toBeLessThan(fit.logLossBefore - 0.1);
    expect(fit.calibrate(0.5)).toBe(0.5);
    expect(fit.calibrate(0.9) + fit.calibrate(0.1)).toBeCloseTo(1, 12);
  });

  it("says so where a labeler is mostly wrong", () => {
    const wrong = overconfident.map((value) => 1 - value);
    const { temperature, scale } = fitTemperature(wrong, outcomes);
    expect(temperature).toBeNull();
    expect(scale.high).toBeLessThan(0);
  });
});
