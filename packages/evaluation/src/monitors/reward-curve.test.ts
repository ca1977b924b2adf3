import { createRandom, InvalidArgumentError } from "@accord-rl/core";
import { describe, expect, it } from "vitest";
import golden from "../__fixtures__/monitors.json" with { type: "json" };
import { leastSquares } from "./least-squares.ts";
import { bestOfNCurve, distanceOf, fitRewardCurve, reinforcementCurve } from "./reward-curve.ts";

const { inputs, outputs } = golden;
const pointsOf = (rewards: readonly number[]) =>
  inputs.klNats.map((klNats, index) => ({ klNats, reward: rewards[index] as number }));
const random = () => createRandom(1);

describe("leastSquares", () => {
  it("agrees with statsmodels on coefficients, covariance and R²", () => {
    const distances = inputs.klNats.map(distanceOf);
    const cases = [
      { name: "reinforcement", shape: reinforcementCurve, start: [1] },
      { name: "bestOfN", shape: bestOfNCurve, start: [] },
    ] as const;
    for (const { name, shape, start } of cases) {
      const fit = leastSquares(
        distances.map((d) => [...shape.regressors(d), ...start]),
        inputs.rewards[name],
      );
      const expected = outputs[name];
      expect(fit?.coefficients).toBeAllClose(expected.coefficients, { rtol: 1e-8 });
      expect(fit?.covariance.flat()).toBeAllClose(expected.covariance.flat(), { rtol: 1e-7, atol: 1e-12 });
      expect(fit?.rSquared).toBeCloseTo(expected.rSquared, 10);
    }
  });

  it("says where there is no solution, and refuses too few points", () => {
    const twice = [1, 2, 3].map((x) => [x, 2 * x]);
    expect(leastSquares(twice, [1, 2, 3])).toBeUndefined();
    expect(() => leastSquares([[1, 2]], [1])).toThrow(InvalidArgumentError);
  });
});

describe("fitRewardCurve", () => {
  // R = d·(1 − 0.5·log d) has its peak where log d = 1/0.5 − 1: d = e. R = d·(1 − 0.2·d) at 1/(2·0.2) = 2.5.
  const exact = (shape: typeof reinforcementCurve, beta: number) =>
    [0, 0.5, 1, 2, 4, 9, 16].map((klNats) => {
      const [rising, falling] = shape.regressors(Math.sqrt(klNats));
      return { klNats, reward: 2 + rising + beta * falling };
    });

  it.each([
    ["reinforcement", reinforcementCurve, 0.5, Math.E],
    ["best of n", bestOfNCurve, 0.2, 2.5],
  ] as const)("finds %s again where there is no noise, with its peak", (_, shape, beta, peak) => {
    const curve = fitRewardCurve(exact(shape, beta), { shape, random: random() });
    for (const value of Object.values(curve.alpha)) expect(value).toBeCloseTo(1, 8);
    for (const value of Object.values(curve.beta)) expect(value).toBeCloseTo(beta, 8);
    for (const value of Object.values(curve.peak)) expect(value).toBeCloseTo(peak, 6);
    expect(curve.start).toBeCloseTo(2, 8);
    expect(curve.rSquared).toBeCloseTo(1, 10);
    expect(curve.at(peak)).toBeGreaterThan(curve.at(peak - 0.1));
    expect(curve.at(peak)).toBeGreaterThan(curve.at(peak + 0.1));
  });

  it("has intervals that hold the truth, and narrow with the noise", () => {
    const curve = fitRewardCurve(pointsOf(inputs.rewards.reinforcement), { random: random() });
    expect(curve.beta.low).toBeLessThan(0.7);
    expect(curve.beta.high).toBeGreaterThan(0.7);
    expect(curve.peak.low).toBeLessThan(Math.exp(1.2 / 0.7 - 1));
    expect(curve.peak.high).toBeGreaterThan(Math.exp(1.2 / 0.7 - 1));
    expect(curve.peak.high - curve.peak.low).toBeGreaterThan(0);
  });

  it("has no peak where reward keeps rising, and one at 0 where it never rises", () => {
    const line = (slope: number) =>
      [0, 1, 2, 4, 6, 9].map((klNats) => ({
        klNats,
        reward: slope * Math.sqrt(klNats) - 0.1 * slope * klNats,
      }));
    const rising = fitRewardCurve(
      [0, 1, 2, 4, 6, 9].map((klNats) => ({ klNats, reward: klNats })),
      { shape: bestOfNCurve, random: random() },
    );
    expect(rising.peak).toEqual({
      estimate: Number.POSITIVE_INFINITY,
      low: Number.POSITIVE_INFINITY,
      high: Number.POSITIVE_INFINITY,
    });
    const falling = fitRewardCurve(
      line(-1).map(({ klNats }) => ({ klNats, reward: -Math.sqrt(klNats) - klNats })),
      { shape: bestOfNCurve, random: random() },
    );
    expect(falling.peak.estimate).toBe(0);
  });

  it("takes a start that is known, and refuses what determines no curve", () => {
    const points = exact(reinforcementCurve, 0.5).slice(0, 4);
    expect(fitRewardCurve(points, { random: random(), start: 2 }).beta.estimate).toBeCloseTo(0.5, 8);
    const same = Array.from({ length: 6 }, () => ({ klNats: 1, reward: 1 }));
    expect(() => fitRewardCurve(same, { random: random() })).toThrow("too few different distances");
    expect(() => fitRewardCurve([{ klNats: Number.NaN, reward: 1 }], { random: random() })).toThrow(
      "klNats[0] is NaN",
    );
  });
});
