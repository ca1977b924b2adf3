import { InvalidArgumentError } from "@accord-rl/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  accuracy,
  correlation,
  interquartileMean,
  mean,
  median,
  quantile,
  standardDeviation,
  standardError,
  variance,
} from "./statistics.ts";

const numbers = fc.array(fc.double({ min: -1e3, max: 1e3, noNaN: true }), { minLength: 1, maxLength: 40 });
const settings = { seed: 3, numRuns: 200 };

describe("by hand", () => {
  it("moments of 2, 4, 9", () => {
    // mean 5; deviations −3, −1, 4: squares 26, over 2 = 13
    expect(mean([2, 4, 9])).toBe(5);
    expect(variance([2, 4, 9])).toBe(13);
    expect(standardDeviation([2, 4, 9])).toBeCloseTo(Math.sqrt(13), 12);
    expect(standardError([2, 4, 9])).toBeCloseTo(Math.sqrt(13 / 3), 12);
    expect(variance([7])).toBe(0);
  });

  it("quantiles of 1, 2, 4, 8", () => {
    // position .5·3 = 1.5: between 2 and 4
    expect(median([8, 1, 4, 2])).toBe(3);
    expect(quantile([8, 1, 4, 2], 0)).toBe(1);
    expect(quantile([8, 1, 4, 2], 1)).toBe(8);
    // position .25·3 = .75: 1 + .75·1
    expect(quantile([8, 1, 4, 2], 0.25)).toBe(1.75);
  });

  it("the interquartile mean forgets the outliers", () => {
    // 8 values: −1e9, 1 and 6, 1e9 fall away; (2 + 3 + 4 + 5)/4
    expect(interquartileMean([1e9, 1, 2, 3, 4, 5, 6, -1e9])).toBe(3.5);
    expect(interquartileMean([1, 2, 3])).toBe(2);
  });

  it("accuracy and correlation", () => {
    expect(accuracy(["a", "b", "b", "a"], ["a", "b", "a", "a"])).toBe(0.75);
    expect(correlation([1, 2, 3], [2, 4, 6])).toBeCloseTo(1, 12);
    expect(correlation([1, 2, 3], [3, 2, 1])).toBeCloseTo(-1, 12);
    expect(correlation([1, 2, 3], [5, 5, 5])).toBe(0);
  });
});

describe("always", () => {
  it("order, shift and scale behave", () => {
    fc.assert(
      fc.property(numbers, fc.double({ min: -50, max: 50, noNaN: true }), (values, shift) => {
        const moved = values.map((value) => 2 * value + shift);
        for (const measure of [mean, median, interquartileMean]) {
          expect(measure(moved)).toBeCloseTo(2 * measure(values) + shift, 6);
          expect(measure([...values].reverse())).toBeCloseTo(measure(values), 9);
          expect(measure(values)).toBeGreaterThanOrEqual(Math.min(...values) - 1e-9);
          expect(measure(values)).toBeLessThanOrEqual(Math.max(...values) + 1e-9);
        }
        expect(standardDeviation(moved)).toBeCloseTo(2 * standardDeviation(values), 6);
      }),
      settings,
    );
  });

  it("bad input is named", () => {
    expect(() => mean([])).toThrow("mean: values.length is 0, expected at least 1");
    expect(() => mean([1, Number.NaN])).toThrow("mean: values[1] is NaN, expected a finite number");
    expect(() => quantile([1], 1.5)).toThrow(InvalidArgumentError);
    expect(() => accuracy([1], [1, 2])).toThrow(/truth.length is 2, expected 1/);
    expect(() => correlation([1, 2], [1])).toThrow(/second.length is 1, expected 2/);
  });
});

it("equal values vary in nothing, whatever float64 makes of their sum", () => {
  // 0.1 + 0.1 + 0.1 is 0.30000000000000004.
  const same = [0.1, 0.1, 0.1];
  expect(mean(same)).toBe(0.1);
  expect(variance(same)).toBe(0);
  expect(correlation(same, [1, 2, 3])).toBe(0);
});
