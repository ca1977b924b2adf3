import { createRandom, InvalidArgumentError, type PreferencePair } from "@accord-rl/core";
import { describe, expect, it } from "vitest";
import golden from "./__fixtures__/training.json" with { type: "json" };
import { fitBagOfTokens, fitBagOfWords, fitLengthBaseline, fitLinearReward } from "./baselines.ts";
import { evaluatePairs, symmetric } from "./evaluate-pairs.ts";
import { fitLogistic } from "./logistic-regression.ts";
import { fitVectorizer, wordTerms } from "./vectorizer.ts";

describe("fitLogistic", () => {
  const toRow = (features: readonly number[]) => ({
    indices: Uint32Array.from(features.keys()),
    values: Float64Array.from(features),
  });

  it("agrees with scikit-learn", () => {
    const { features, labels, l2 } = golden.inputs.logistic;
    const weights = fitLogistic(features.map(toRow), labels, { features: 5, l2, tolerance: 1e-9 });
    for (const [index, weight] of golden.outputs.logistic.entries())
      expect(weights[index]).toBeCloseTo(weight, 6);
  });

  it("with a soft label and no penalty finds its log-odds", () => {
    const [weight] = fitLogistic([toRow([2])], [0.8], { features: 1, l2: 0, tolerance: 1e-10 });
    expect(weight).toBeCloseTo(Math.log(0.8 / 0.2) / 2, 8);
  });

  it("stays finite on separable data, and at zero on none", () => {
    const weights = fitLogistic([toRow([1]), toRow([-1])], [1, 0], { features: 1, l2: 1e-6 });
    expect(weights[0]).toBeGreaterThan(5);
    expect(weights[0]).toBeLessThan(30);
    expect([...fitLogistic([], [], { features: 2 })]).toEqual([0, 0]);
  });
});

describe("fitVectorizer", () => {
  it("by hand", () => {
    // "b" is in 1 of 2 documents: idf 1 + log 1.5; "a" in both: 1. Twice: 1 + log 2
    const { features, vector } = fitVectorizer([["a", "b"], ["a"]]);
    expect(features).toBe(2);
    const { indices, values } = vector(["b", "a", "a", "unknown"]);
    const [rare, common] = [1 + Math.log(1.5), 1 + Math.LN2];
    const norm = Math.hypot(rare, common);
    expect([...indices]).toEqual([1, 0]);
    expect(values[0]).toBeCloseTo(rare / norm, 12);
    expect(values[1]).toBeCloseTo(common / norm, 12);
    expect(vector(["unknown"]).indices).toHaveLength(0);
  });

  it("n-grams: neighbours only, numbers and words apart", () => {
    const { features, vector } = fitVectorizer([[1, "1", 12]], { ngrams: 2 });
    expect(features).toBe(5);
    expect(vector([1, 12]).indices).toHaveLength(2);
    expect(vector([1, "1"]).indices).toHaveLength(3);
    expect(
      fitVectorizer(
        [
          ["a", "b"],
          ["a", "c"],
        ],
        { ngrams: 2, minDocuments: 2 },
      ).features,
    ).toBe(1);
    expect(() => fitVectorizer([["a"], ["b"]], { minDocuments: 2 })).toThrow(InvalidArgumentError);
    expect(wordTerms("It's GREAT, isn’t it?")).toEqual(["it's", "great", "isn’t", "it"]);
  });
});

describe("fitLengthBaseline", () => {
  const pair = (preferredLength: number, rejectedLength: number): PreferencePair => ({
    preferred: Array.from({ length: preferredLength }, () => 1),
    rejected: Array.from({ length: rejectedLength }, () => 1),
  });

  it("finds a taste for long texts, and none where there is none", async () => {
    const long = fitLengthBaseline([pair(9, 3), pair(5, 4), pair(2, 6), pair(8, 1)]);
    expect(long([[1], [1, 1, 1]])[1]).toBeGreaterThan(long([[1], [1, 1, 1]])[0]!);
    const none = fitLengthBaseline([pair(4, 4), pair(7, 7)]);
    expect(none([[1], [1, 1]])).toEqual([0, 0]);
    expect((await evaluatePairs(none, [pair(3, 9)])).accuracy).toBe(0.5);
    expect(() => fitLengthBaseline([])).toThrow(/pairs is empty/);
  });
});

describe("bags of words", () => {
  // Words 0 … 19 please by their number; 10 words a text.
  const random = createRandom(3);
  const draw = () => Array.from({ length: 10 }, () => random.integer(20));
  const value = (text: number[]) => text.reduce((sum, word) => sum + word, 0);
  const pairs = Array.from({ length: 600 }, (): PreferencePair => {
    const [first, second] = [draw(), draw()];
    return value(first) > value(second)
      ? { preferred: first, rejected: second }
      : { preferred: second, rejected: first };
  });

  it("tokens: learn from pairs, and the opposite from the opposite", async () => {
    const [train, heldOut] = [pairs.slice(0, 400), pairs.slice(400)];
    const right = await evaluatePairs(fitBagOfTokens(train), heldOut);
    expect(right.accuracy).toBeGreaterThan(0.88);
    const turned = train.map(({ preferred, rejected }) => ({ preferred: rejected, rejected: preferred }));
    expect((await evaluatePairs(fitBagOfTokens(turned), heldOut)).accuracy).toBeLessThan(0.12);
    const softly = train.map(({ preferred, rejected }) => ({
      preferred: rejected,
      rejected: preferred,
      probability: 0.1,
    }));
    expect((await evaluatePairs(fitBagOfTokens(softly), heldOut)).accuracy).toBeGreaterThan(0.88);
    expect(fitBagOfTokens(train)([[1, 2]])).toEqual(fitBagOfTokens(train)([[1, 2]]));
  });

  it("words: judge texts, also by two words together", () => {
    const good = ["a good film", "good fun", "not bad at all", "not bad", "good"];
    const bad = ["a bad film", "bad fun", "not good at all", "not good", "bad"];
    const judge = fitBagOfWords(
      [...good.map((text) => ({ text, label: 1 })), ...bad.map((text) => ({ text, label: 0 }))],
      { minDocuments: 1, l2: 0.01 },
    );
    const [praise = 0, blame = 0, faint = 0, denied = 0, silent = 0] = judge([
      "such a GOOD film!",
      "such a bad film",
      "it is not bad",
      "it is not good",
      "",
    ]);
    expect(praise).toBeGreaterThan(1);
    expect(blame).toBeLessThan(-1);
    expect(faint).toBeGreaterThan(0);
    expect(denied).toBeLessThan(0);
    expect(silent).toBeCloseTo(0, 1); // as many good as bad: the intercept says nothing
    expect(() => fitBagOfWords([])).toThrow(/examples is empty/);
  });

  it("the intercept follows the share of positive labels", () => {
    const examples = ["x", "y", "z", "w"].map((text, index) => ({ text, label: index === 0 ? 0 : 1 }));
    const [prior = 0] = fitBagOfWords(examples, { minDocuments: 1, l2: 10 })(["unknown"]);
    expect(prior).toBeCloseTo(Math.log(3), 0);
  });
});

describe("evaluatePairs", () => {
  const table = new Map([
    ["1", 2],
    ["2", 1],
    ["3", 1],
  ]);
  const score = (texts: readonly ArrayLike<number>[]) => texts.map((text) => table.get(String(text[0])) ?? 0);

  it("by hand", async () => {
    const result = await evaluatePairs(score, [
      { preferred: [1], rejected: [2] }, // gap 1, right
      { preferred: [2], rejected: [3] }, // a tie: ½
      { preferred: [2], rejected: [1], probability: 0.2 }, // gap −1, and the label says so
      { preferred: [1], rejected: [3], probability: 0.5 }, // left out
    ]);
    expect(result).toMatchObject({
      accuracy: 2.5 / 3,
      pairs: 3,
      gaps: [1, 0, -1, 1],
      labels: [1, 1, 0.2, 0.5],
    });
    // .313262, .693147, .2·1.313262 + .8·.313262, ½(.313262 + 1.313262)
    expect(result.loss).toBeCloseTo((0.313262 + Math.LN2 + 0.513262 + 0.813262) / 4, 5);
    expect(result.probabilities[0]).toBeCloseTo(0.731059, 6);
    expect(symmetric(result).outcomes).toEqual([1, 0, 0.2, 0.5]);
    expect(symmetric(result).probabilities[1]).toBe(0.5);
    await expect(evaluatePairs(score, [])).rejects.toThrow(InvalidArgumentError);
  });
});

describe("fitLinearReward", () => {
  const pair = (preferred: number[], rejected: number[], probability: number): PreferencePair => ({
    ...{ preferred, rejected, completionStart: 0, probability },
  });
  const counts = { size: 3, features: (tokens: ArrayLike<number>) => tokens };

  it("by hand: what a feature is worth, twice as much where it is there twice", () => {
    // σ(2·w₀) = 0.8 and σ(w₁ − w₂) = 0.6, without a penalty; what 1 and 2 share stays open, and at 0.
    const score = fitLinearReward([pair([0, 0], [], 0.8), pair([1], [2], 0.6)], { ...counts, l2: 1e-9 });
    const [zero, one, two] = score([[0], [1], [2]]) as [number, number, number];
    expect(zero).toBeCloseTo(Math.log(4) / 2, 5);
    expect(one - two).toBeCloseTo(Math.log(1.5), 5);
    expect(score([[0, 1, 1]])[0]).toBeCloseTo(zero + 2 * one, 10);
  });

  it("refuses features that there are not", () => {
    expect(() => fitLinearReward([pair([3], [1], 1)], counts)).toThrow(
      "feature 3, expected numbers from 0 to 2",
    );
    expect(() => fitLinearReward([], counts)).toThrow(InvalidArgumentError);
  });
});
