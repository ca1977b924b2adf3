import { createRandom, InvalidArgumentError } from "@accord-rl/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { normalizedText, splitSeeded, uniqueBy } from "./index.ts";

const numbers = (count: number) => Array.from({ length: count }, (_, i) => i);
const seeds = fc.nat({ max: 2 ** 32 });

describe("splitSeeded", () => {
  it("gives disjoint parts of the right sizes, by fractions that add up to 1", () => {
    fc.assert(
      fc.property(
        fc.nat({ max: 300 }),
        fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 4 }),
        seeds,
        (count, shares, seed) => {
          const sum = shares.reduce((a, b) => a + b, 0);
          fc.pre(sum > 0);
          const parts = Object.fromEntries(shares.map((share, i) => [`part${i}`, share / sum]));
          const split = Object.values(splitSeeded(numbers(count), parts, createRandom(seed)));
          expect(split.flat().sort((a, b) => a - b)).toEqual(numbers(count));
          split.forEach((part, i) => {
            expect(Math.abs(part.length - ((shares[i] ?? 0) / sum) * count)).toBeLessThanOrEqual(1);
          });
        },
      ),
    );
  });

  it("gives the counts that are asked for, without overlap", () => {
    fc.assert(
      fc.property(
        fc.nat({ max: 50 }),
        fc.nat({ max: 50 }),
        fc.nat({ max: 50 }),
        seeds,
        (train, test, rest, seed) => {
          fc.pre(train + test > 1);
          const split = splitSeeded(numbers(train + test + rest), { train, test }, createRandom(seed));
          expect([split.train.length, split.test.length]).toEqual([train, test]);
          expect(new Set([...split.train, ...split.test]).size).toBe(train + test);
        },
      ),
    );
  });

  it("depends on the seed alone: not on earlier draws, nor on the order of parts or of keyed items", () => {
    fc.assert(
      fc.property(seeds, fc.nat({ max: 10 }), (seed, draws) => {
        const items = numbers(40).map((n) => `item ${n}`);
        const key = (item: string) => item;
        const expected = splitSeeded(items, { test: 0.25, train: 0.75 }, createRandom(seed), { key });
        const random = createRandom(seed);
        for (let i = 0; i < draws; i++) random.uniform();
        const reordered = createRandom(seed + 1).shuffle(items);
        expect(splitSeeded(reordered, { train: 0.75, test: 0.25 }, random, { key })).toEqual(expected);
      }),
    );
    const split = (seed: number) => splitSeeded(numbers(100), { test: 50 }, createRandom(seed)).test;
    expect(split(1)).not.toEqual(split(2));
  });

  it.each<[Record<string, number>, string]>([
    [{ a: -0.1 }, "negative or no number"],
    [{ a: Number.NaN }, "negative or no number"],
    [{ a: 0.7, b: 0.7 }, "neither fractions that add up to at most 1 nor whole numbers"],
    [{ a: 8, b: 3 }, "need 11 items, but there are 10"],
  ])("refuses the sizes %j", (parts, problem) => {
    const split = () => splitSeeded(numbers(10), parts, createRandom(1));
    expect(split).toThrow(InvalidArgumentError);
    expect(split).toThrow(problem);
  });

  it("refuses duplicates by key", () => {
    const split = () => splitSeeded(["a", "b", "a"], { train: 1 }, createRandom(1), { key: (text) => text });
    expect(split).toThrow('two items have the key "a"');
  });
});

describe("uniqueBy", () => {
  it("keeps the first of those that differ in layout only", () => {
    const texts = ["Great film!", "great  FILM", "Great films", "Straße 1", "straße, 1."];
    expect(uniqueBy(texts, normalizedText)).toEqual(["Great film!", "Great films", "Straße 1"]);
  });
});
