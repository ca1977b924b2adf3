import { InvalidArgumentError } from "@accord-rl/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { chrf } from "./chrf.ts";
import { distinctN, repetition } from "./diversity.ts";
import { countNgrams, words } from "./ngrams.ts";
import { longestCommonSubsequence, rougeL, rougeN } from "./rouge.ts";

const sequences = fc.array(fc.constantFrom("a", "b", "c"), { maxLength: 12 });
const settings = { seed: 3, numRuns: 200 };

describe("distinctN and repetition", () => {
  it("by hand", () => {
    // a b a b: bigrams ab, ba, ab; a b: ab. 2 unique of 4
    expect(
      distinctN(
        [
          ["a", "b", "a", "b"],
          ["a", "b"],
        ],
        2,
      ),
    ).toBe(0.5);
    expect(repetition(["a", "b", "a", "b"], 2)).toBeCloseTo(1 / 3, 12);
    expect(repetition([7, 7, 7, 7], 1)).toBe(0.75);
    expect(repetition(["a"], 2)).toBe(0);
    expect(distinctN([], 2)).toBe(0);
  });

  it("items are not run together: [12, 3] is not [1, 23]", () => {
    expect(countNgrams([12, 3], 2).keys().next().value).not.toBe(countNgrams([1, 23], 2).keys().next().value);
    expect(() => distinctN([["a"]], 0)).toThrow(InvalidArgumentError);
  });

  it("one text: what is distinct and what is repeated make one", () => {
    fc.assert(
      fc.property(sequences, fc.integer({ min: 1, max: 3 }), (sequence, n) => {
        if (sequence.length < n) return;
        expect(distinctN([sequence], n) + repetition(sequence, n)).toBeCloseTo(1, 12);
      }),
      settings,
    );
  });
});

describe("ROUGE", () => {
  it("by hand", () => {
    // the cat sat / the cat is here: 2 of 3 and 2 of 4 words; f1 = 4/7
    const [own, other] = [words("The cat sat."), words("the cat is here")];
    expect(rougeN(own, other, 1)).toEqual({ precision: 2 / 3, recall: 0.5, f1: expect.closeTo(4 / 7, 12) });
    // 1 of 2 and 1 of 3 pairs
    expect(rougeN(own, other, 2)).toEqual({ precision: 0.5, recall: 1 / 3, f1: expect.closeTo(0.4, 12) });
    expect(rougeL(own, other).f1).toBeCloseTo(4 / 7, 12);
    // counts are clipped: one "a" of three is in the reference
    expect(rougeN(["a", "a", "a"], ["a"], 1).precision).toBeCloseTo(1 / 3, 12);
    expect(rougeL([], ["a"])).toEqual({ precision: 0, recall: 0, f1: 0 });
  });

  it("the longest common subsequence is symmetric, bounded, and the whole of an equal text", () => {
    fc.assert(
      fc.property(sequences, sequences, (first, second) => {
        const length = longestCommonSubsequence(first, second);
        expect(longestCommonSubsequence(second, first)).toBe(length);
        expect(length).toBeLessThanOrEqual(Math.min(first.length, second.length));
        expect(longestCommonSubsequence(first, [...first, ...second])).toBe(first.length);
        expect(rougeN(first, second, 1).precision).toBeCloseTo(rougeN(second, first, 1).recall, 12);
      }),
      settings,
    );
  });
});

describe("chrF", () => {
  it("by hand, up to bigrams", () => {
    // ab / abc: 1-grams P 1, R 2/3; 2-grams P 1, R ½: P 1, R 7/12. F₂ = 5PR/(4P + R) = (35/12)/(55/12) = 7/11
    expect(chrf("ab", "a bc", { characterOrder: 2 })).toBeCloseTo(700 / 11, 10);
    expect(chrf("", "abc")).toBe(0);
  });

  it("is 100 for the same text, 0 for strangers, and between them always", () => {
    const texts = fc.string({ unit: fc.constantFrom("a", "b", " ", "!", "ö"), maxLength: 15 });
    fc.assert(
      fc.property(texts, texts, (first, second) => {
        const score = chrf(first, second, { wordOrder: 2 });
        expect(score).toBeGreaterThanOrEqual(0);
        expect(score).toBeLessThanOrEqual(100 + 1e-9);
        if (first.trim() !== "") expect(chrf(first, first)).toBeCloseTo(100, 9);
      }),
      settings,
    );
    expect(chrf("abc", "xyz")).toBe(0);
  });
});

it("words splits any script and keeps apostrophes", () => {
  expect(words("Don't stop — l’été, 3 Vögel! Привет")).toEqual([
    "don't",
    "stop",
    "l’été",
    "3",
    "vögel",
    "привет",
  ]);
  expect(words("…")).toEqual([]);
});
