import { createRandom } from "@accord-rl/core";
import { describe, expect, it } from "vitest";
import {
  bootstrapInterval,
  pairedDifferenceInterval,
  stratifiedInterval,
  twoSampleInterval,
} from "./bootstrap.ts";
import { interquartileMean, mean, median } from "./statistics.ts";

const random = () => createRandom(5);

describe("bootstrapInterval", () => {
  it("of 0, 1: the mean of a resample is 0, ½ or 1 with ¼, ½, ¼", () => {
    expect(bootstrapInterval([0, 1], { random: random() })).toEqual({ estimate: 0.5, low: 0, high: 1 });
    // The middle 40 % lie inside the ½ that half of the resamples give.
    expect(bootstrapInterval([0, 1], { random: random(), level: 0.4 })).toEqual({
      estimate: 0.5,
      low: 0.5,
      high: 0.5,
    });
  });

  it("has the normal theory's width for a mean: 1.96·s/√n", () => {
    const source = createRandom(1);
    const values = Array.from({ length: 400 }, source.normal);
    const { low, high, estimate } = bootstrapInterval(values, { random: random(), resamples: 4000 });
    const centre = mean(values);
    const spread = Math.sqrt(mean(values.map((value) => (value - centre) ** 2)));
    expect(estimate).toBe(centre);
    // 4000 draws know their 2.5 % quantile to about 2 % of its distance.
    expect((high - low) / ((2 * 1.95996 * spread) / 20)).toBeGreaterThan(0.94);
    expect((high - low) / ((2 * 1.95996 * spread) / 20)).toBeLessThan(1.06);
  });

  it("covers the truth about as often as it says", () => {
    const source = createRandom(2);
    let covered = 0;
    for (let trial = 0; trial < 300; trial++) {
      const values = Array.from({ length: 50 }, () => 3 + source.normal());
      const { low, high } = bootstrapInterval(values, { random: source, level: 0.9, resamples: 200 });
      if (low <= 3 && 3 <= high) covered += 1;
    }
    // Expected .88 (percentile intervals are a little short at n = 50), standard error .019.
    expect(covered / 300).toBeGreaterThan(0.82);
    expect(covered / 300).toBeLessThan(0.95);
  });

  it("takes any statistic, and repeats with its seed", () => {
    const values = [1, 5, 2, 9, 4];
    const options = { statistic: median, resamples: 50 };
    const first = bootstrapInterval(values, { random: random(), ...options });
    expect(first.estimate).toBe(4);
    expect(bootstrapInterval(values, { random: random(), ...options })).toEqual(first);
    expect(bootstrapInterval([3, 3, 3], { random: random() })).toEqual({ estimate: 3, low: 3, high: 3 });
  });

  it("names bad input", () => {
    expect(() => bootstrapInterval([], { random: random() })).toThrow(/values.length is 0/);
    expect(() => bootstrapInterval([1], { random: random(), level: 1 })).toThrow(/between 0 and 1/);
    expect(() => bootstrapInterval([1], { random: random(), resamples: 0 })).toThrow(
      /an integer of 1 or more/,
    );
  });
});

describe("pairedDifferenceInterval", () => {
  it("sees through what the items have in common", () => {
    const source = createRandom(3);
    const before = Array.from({ length: 100 }, () => 10 * source.normal());
    const after = before.map((value) => value + 0.3 + 0.1 * source.normal());
    const { estimate, low, high } = pairedDifferenceInterval(before, after, { random: random() });
    expect(estimate).toBeCloseTo(mean(after) - mean(before), 10);
    expect(low).toBeGreaterThan(0.25);
    expect(high).toBeLessThan(0.35);
  });

  it("refuses lists of different lengths", () => {
    expect(() => pairedDifferenceInterval([1, 2], [1], { random: random() })).toThrow(
      "pairedDifferenceInterval: after.length is 1, expected 2 (as many as before)",
    );
  });
});

describe("twoSampleInterval", () => {
  it("resamples each side by itself", () => {
    const statistic = (first: readonly number[], second: readonly number[]) => mean(first) - mean(second);
    // 0 or 1 less 0 or 1, by halves: the difference reaches from −1 to 1
    expect(twoSampleInterval([0, 1], [0, 1], { random: random(), statistic })).toEqual({
      estimate: 0,
      low: -1,
      high: 1,
    });
    expect(twoSampleInterval([5, 5], [2, 2, 2], { random: random(), statistic })).toEqual({
      estimate: 3,
      low: 3,
      high: 3,
    });
  });
});

describe("stratifiedInterval", () => {
  it("keeps every stratum's size and values: constant strata have no width", () => {
    const sizes: string[] = [];
    const statistic = (strata: readonly (readonly number[])[]) => {
      sizes.push(strata.map((values) => `${values.length}×${new Set(values).size}`).join());
      return mean(strata.flat());
    };
    const strata = [
      [1, 1, 1],
      [4, 4],
    ];
    // (3·1 + 2·4)/5 = 2.2. A bootstrap over all five would mix 1 and 4.
    expect(stratifiedInterval(strata, { random: random(), statistic, resamples: 20 })).toEqual({
      estimate: 2.2,
      low: 2.2,
      high: 2.2,
    });
    expect(new Set(sizes)).toEqual(new Set(["3×1,2×1"]));
  });

  it("of one stratum is the plain bootstrap, of two the two-sample one", () => {
    const values = [3, 1, 4, 1, 5, 9, 2, 6];
    const plain = bootstrapInterval(values, { random: random(), statistic: interquartileMean });
    const one = stratifiedInterval([values], {
      random: random(),
      statistic: ([all]) => interquartileMean(all!),
    });
    expect(one).toEqual(plain);
    const others = [2, 7, 1];
    const two = twoSampleInterval(values, others, {
      random: random(),
      statistic: (first, second) => mean(first) - mean(second),
    });
    const both = stratifiedInterval([values, others] as const, {
      random: random(),
      statistic: ([first, second]) => mean(first) - mean(second),
    });
    expect(both).toEqual(two);
  });

  it("names bad input", () => {
    const statistic = () => 0;
    expect(() => stratifiedInterval([], { random: random(), statistic })).toThrow(/strata.length is 0/);
    expect(() => stratifiedInterval([[1], []], { random: random(), statistic })).toThrow(
      /strata\[1\].length is 0/,
    );
  });
});
