import { createRandom } from "@accord-rl/core";
import { describe, expect, it } from "vitest";
import golden from "../__fixtures__/aggregation.json" with { type: "json" };
import { logisticRegression } from "./logistic.ts";
import { resampledInterval } from "./resampling.ts";
import { logit, sigmoid, softplus } from "./sigmoid.ts";
import { invertPositive } from "./solve.ts";

describe("logisticRegression", () => {
  it("finds log-odds by hand: 3 of 4 → log 3", () => {
    const fit = logisticRegression([[1], [1], [1], [1]], [1, 1, 1, 0]);
    expect(fit.coefficients[0]).toBeCloseTo(Math.log(3), 10);
    expect(fit.standardErrors[0]).toBeCloseTo(1 / Math.sqrt(4 * 0.75 * 0.25), 10);
    expect(fit.logLikelihood).toBeCloseTo(3 * Math.log(0.75) + Math.log(0.25), 10);
  });

  it("agrees with statsmodels on weights and soft labels", () => {
    const { features, outcomes, weights, coefficients, standardErrors } = golden.logistic;
    const fit = logisticRegression(features, outcomes, { weights });
    expect(fit.coefficients).toBeAllClose(coefficients);
    expect(fit.standardErrors).toBeAllClose(standardErrors);
  });

  it("counts a weight of 2 as the same row twice", () => {
    const rows = [
      [0.3, 1],
      [-1, 1],
      [0.8, 1],
      [0.1, 1],
    ];
    const outcomes = [1, 0, 0.5, 0];
    const twice = logisticRegression([...rows, rows[0] as number[]], [...outcomes, 1]);
    const weighted = logisticRegression(rows, outcomes, { weights: [2, 1, 1, 1] });
    expect(weighted.coefficients).toBeAllClose(twice.coefficients);
  });

  it.each([
    ["outcomes that a feature tells apart", [[1], [2], [-1]], [1, 1, 0]],
    [
      "a feature that never varies from 0",
      [
        [1, 0],
        [1, 0],
      ],
      [1, 0],
    ],
    [
      "a feature that repeats another",
      [
        [1, 1],
        [2, 2],
        [-1, -1],
      ],
      [1, 0, 1],
    ],
  ])("refuses %s, and accepts it with a penalty", (_, features, outcomes) => {
    expect(() => logisticRegression(features, outcomes)).toThrow("no single maximum");
    for (const coefficient of logisticRegression(features, outcomes, { penalty: 0.1 }).coefficients) {
      expect(Number.isFinite(coefficient)).toBe(true);
    }
  });

  it("names what is wrong", () => {
    expect(() => logisticRegression([[1]], [1.5])).toThrow(
      "outcomes[0] is 1.5, expected a finite number of at least 0",
    );
    expect(() => logisticRegression([[1], [1]], [1])).toThrow("outcomes.length is 1, expected 2");
    expect(() => logisticRegression([[Number.NaN]], [1])).toThrow("features[0][0] is NaN");
  });
});

describe("small parts", () => {
  it("stay finite at the ends", () => {
    expect([sigmoid(1e4), sigmoid(-1e4), softplus(1e4), softplus(-1e4)]).toEqual([1, 0, 1e4, 0]);
    expect(logit(1)).toBeCloseTo(Math.log(999_999), 6);
    expect(logit(0)).toBe(-logit(1));
  });

  it("inverts, and says where it can't", () => {
    expect(
      invertPositive([
        [4, 2],
        [2, 3],
      ]),
    ).toBeAllClose([
      [0.375, -0.25],
      [-0.25, 0.5],
    ]);
    expect(
      invertPositive([
        [1, 1],
        [1, 1],
      ]),
    ).toBeNull();
  });

  it("resamples items whole, draws undefined ones again, and says where nothing is defined", () => {
    const random = createRandom(1);
    const items = [1, 2, 3, 4, 5, 6].map((value) => ({ before: value, after: value + 1 }));
    const difference = (picked: typeof items) =>
      picked.reduce((sum, { before, after }) => sum + after - before, 0) / picked.length;
    const paired = resampledInterval(items, (picked) => difference([...picked]), { random });
    expect(paired).toEqual({ estimate: 1, low: 1, high: 1 });
    const some = resampledInterval([0, 1], (picked) => (new Set(picked).size < 2 ? null : 1), { random });
    expect(some.low).toBe(1);
    expect(() => resampledInterval([1], () => null, { random })).toThrow("undefined on the items");
  });
});
