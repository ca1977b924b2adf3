import { InvalidArgumentError } from "@accord-rl/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { normalQuantile, probabilityOfImprovement, wilsonInterval, winRate } from "./comparison.ts";

const scores = fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 20 });
const settings = { seed: 3, numRuns: 200 };

describe("winRate", () => {
  it("by hand: a win, a tie, a loss, a win", () => {
    const result = winRate([2, 1, 0, 5], [1, 1, 1, 4]);
    expect(result).toMatchObject({ estimate: 0.625, wins: 2, ties: 1, losses: 1 });
    // Wilson at 2.5 of 4, z² = 3.8416: centre (.625 + .4802)/1.9604, half 1.96·√(.058594 + .060025)/1.9604
    expect(result.low).toBeCloseTo(0.219426, 4);
    expect(result.high).toBeCloseTo(0.908096, 4);
  });

  it("against itself is one half; turned round, the rest", () => {
    fc.assert(
      fc.property(scores, scores, (first, second) => {
        const size = Math.min(first.length, second.length);
        const [own, other] = [first.slice(0, size), second.slice(0, size)];
        expect(winRate(own, own)).toMatchObject({ estimate: 0.5, ties: size });
        expect(winRate(own, other).estimate + winRate(other, own).estimate).toBeCloseTo(1, 12);
        const { low, estimate, high } = winRate(own, other);
        expect(low).toBeGreaterThanOrEqual(0);
        expect(low).toBeLessThanOrEqual(estimate + 1e-12);
        expect(high).toBeGreaterThanOrEqual(estimate - 1e-12);
        expect(high).toBeLessThanOrEqual(1);
      }),
      settings,
    );
  });

  it("narrows with more items and less certainty", () => {
    const width = ({ low, high }: { low: number; high: number }) => high - low;
    expect(width(wilsonInterval(60, 100))).toBeLessThan(width(wilsonInterval(6, 10)));
    expect(width(wilsonInterval(6, 10, { level: 0.5 }))).toBeLessThan(width(wilsonInterval(6, 10)));
  });

  it("names bad input", () => {
    expect(() => winRate([1], [1, 2])).toThrow(/baseline.length is 2, expected 1/);
    expect(() => winRate([], [])).toThrow(/challenger.length is 0/);
    expect(() => wilsonInterval(11, 10)).toThrow(InvalidArgumentError);
    expect(() => wilsonInterval(0, 0)).toThrow(/trials is 0/);
  });
});

describe("probabilityOfImprovement", () => {
  it("by hand: of 6 pairs, 3 wins and 2 ties", () => {
    // 1: loses to 2, loses to 2, …: [1, 2, 3] over [2, 2]: 0, 0; ½, ½; 1, 1 = 3 of 6
    expect(probabilityOfImprovement([1, 2, 3], [2, 2])).toBe(0.5);
    expect(probabilityOfImprovement([3, 4], [1, 2])).toBe(1);
  });

  it("turned round, gives the rest; a common monotone change leaves it", () => {
    fc.assert(
      fc.property(scores, scores, (first, second) => {
        const direct = probabilityOfImprovement(first, second);
        expect(direct + probabilityOfImprovement(second, first)).toBeCloseTo(1, 12);
        const cube = (x: number) => x ** 3 + 1;
        expect(probabilityOfImprovement(first.map(cube), second.map(cube))).toBe(direct);
      }),
      settings,
    );
  });
});

it("normalQuantile is odd about one half", () => {
  expect(normalQuantile(0.5)).toBeCloseTo(0, 12);
  expect(normalQuantile(0.975)).toBeCloseTo(1.959964, 6);
  for (const p of [0.01, 0.2, 0.4]) expect(normalQuantile(p)).toBeCloseTo(-normalQuantile(1 - p), 12);
  expect(() => normalQuantile(0)).toThrow(InvalidArgumentError);
});
