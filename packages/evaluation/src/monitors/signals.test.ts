import { describe, expect, it } from "vitest";
import golden from "../__fixtures__/monitors.json" with { type: "json" };
import { distinctN } from "../diversity.ts";
import { words } from "../ngrams.ts";
import { measureRun } from "./measure.ts";
import { pastPeakSignal } from "./past-peak.ts";
import { fitWordWeights, promptSimilaritySignal, wordSimilarity } from "./prompt-similarity.ts";
import { disagreementSignal, entropySignal, goldGapSignal, klSignal } from "./run-signals.ts";
import { standardSignals } from "./standard-signals.ts";
import { stockPhraseShare, stockPhraseSignal } from "./stock-phrases.ts";
import { distinctSignal, lengthSignal, repetitionSignal } from "./text-signals.ts";
import type { Observation } from "./types.ts";

const observe = (responses: readonly string[], rest: Partial<Observation> = {}): Observation => ({
  iteration: 1,
  samples: responses.map((response) => ({ prompt: "what is it", response })),
  ...rest,
});

describe("signals of text", () => {
  it("length: in words, or in tokens where they are known", () => {
    expect(lengthSignal.measure(observe(["a b c", "a"]), null)).toEqual({ value: 2, perSample: [3, 1] });
    const samples = [{ prompt: "", response: "a b c", responseTokens: [1, 2, 3, 4, 5] }];
    expect(lengthSignal.measure({ iteration: 0, samples }, null)?.value).toBe(5);
  });

  it("repetition: the share of a response's pairs of words that it has said before", () => {
    // "a b a b": pairs ab, ba, ab: one of three is said again.
    const measured = repetitionSignal().measure(observe(["a b a b", "a b c"]), null);
    expect(measured?.perSample).toEqual([1 - 2 / 3, 0]);
  });

  it("distinct-n: of all responses, with each one's part", () => {
    const texts = ["a b c", "a b d", "x y z"];
    const measured = distinctSignal().measure(observe(texts), null);
    expect(measured?.value).toBe(distinctN(texts.map(words), 2));
    // ab occurs twice: ½ and 1.
    expect(measured?.perSample).toEqual([0.75, 0.75, 1]);
    const own = measured?.perSample as number[];
    expect(own.reduce((sum, part) => sum + 2 * part, 0) / 6).toBeCloseTo(measured?.value as number, 12);
    expect(distinctSignal().measure(observe(["one", ""]), null)?.perSample).toEqual([1, 1]);
  });

  it("stock phrases: whole words, any case, any apostrophe, each character once", () => {
    // The phrase has 25 of 29 characters: what follows it is the answer's own.
    expect(stockPhraseShare("What a wonderful question! Ok")).toBeCloseTo(25 / 29, 12);
    expect(stockPhraseShare("YOU’RE SO  SMART")).toBe(1);
    expect(stockPhraseShare("You have great ideas")).toBe(0);
    expect(stockPhraseShare("")).toBe(0);
    expect(stockPhraseShare("a good dog", ["good", "good dog"])).toBeCloseTo(8 / 10, 12);
    expect(stockPhraseSignal({ phrases: ["woof"] }).measure(observe(["woof", "meow"]), null)?.value).toBe(
      0.5,
    );
    expect(() => stockPhraseSignal({ phrases: [" "] })).toThrow("phrases that are not empty");
  });

  it("similarity to the prompt agrees with scikit-learn's tf-idf", () => {
    const { texts, queries } = golden.inputs;
    const weights = fitWordWeights(texts);
    for (const [word, weight] of Object.entries(golden.outputs.weights)) {
      expect(weights.weights[word]).toBeCloseTo(weight, 12);
    }
    for (const [index, [i, j]] of queries.entries()) {
      const similarity = wordSimilarity(texts[i as number] as string, texts[j as number] as string, weights);
      expect(similarity).toBeCloseTo(golden.outputs.similarities[index] as number, 12);
    }
    // log(5/1) + 1: in none of four texts.
    expect(weights.unknown).toBeCloseTo(Math.log(5) + 1, 12);
    expect(wordSimilarity("same words", "words same")).toBeCloseTo(1, 12);
    expect(wordSimilarity("", "words")).toBe(0);
    expect(wordSimilarity("constructor", "toString", { weights: {}, unknown: 1 })).toBe(0);
    expect(() => fitWordWeights([])).toThrow("got no text");
    expect(promptSimilaritySignal().measure(observe(["it is", "no"]), null)?.value).toBeCloseTo(
      1 / Math.sqrt(6),
      12,
    );
  });
});

describe("signals of a run", () => {
  it("are those that are given, and missing where they are not", () => {
    const observation = observe(["a", "b"], { klNats: 2, entropy: 3, uncertainties: [1, 3] });
    expect(klSignal.measure(observation, null)).toEqual({ value: 2 });
    expect(entropySignal.measure(observation, null)).toEqual({ value: 3 });
    expect(disagreementSignal.measure(observation, null)).toEqual({ value: 2, perSample: [1, 3] });
    for (const signal of [klSignal, entropySignal, disagreementSignal, goldGapSignal, pastPeakSignal]) {
      expect(signal.measure(observe(["a"]), null)).toBeUndefined();
    }
    expect(Object.keys(measureRun(standardSignals(), [observe([])])[0] as object)).toEqual([]);
  });

  it("the gap of proxy and gold: in deviations of the first samples, without those that have no score", () => {
    // Proxy 0, 2 (mean 1, deviation √2), gold 0, 4 (mean 2, deviation 2√2): then proxy + 2√2, gold − √2.
    const run = [
      observe(["a", "b", "c"], { iteration: 0, scores: [0, 2, null], gold: [0, 4, 100] }),
      observe(["a", "b"], {
        iteration: 1,
        scores: [1 + 2 * Math.SQRT2, 1 + 2 * Math.SQRT2],
        gold: [2 - 2 * Math.SQRT2, 2 - 2 * Math.SQRT2],
      }),
    ];
    const gaps = measureRun([goldGapSignal], run).map((values) => values.goldGap);
    expect(gaps[0]).toBeCloseTo(0, 12);
    expect(gaps[1]).toBeCloseTo(2 + 1, 12);
    const flat = observe(["a"], { scores: [1], gold: [1] });
    expect(goldGapSignal.measure(flat, null)?.value).toBe(0);
    expect(goldGapSignal.measure(observe(["a"], { scores: [null], gold: [1] }), null)).toBeUndefined();
  });

  it("past the peak: below 0 once gold falls with distance, above while it rises", () => {
    const slopeOf = (gold: (distance: number) => number, steps = 12) =>
      measureRun(
        [pastPeakSignal],
        Array.from({ length: steps }, (_, iteration) => {
          const klNats = iteration / 2;
          const noise = 0.02 * Math.cos(7 * iteration);
          return observe(["a"], { iteration, klNats, gold: [gold(Math.sqrt(klNats)) + noise] });
        }),
      ).map((values) => values.pastPeak as number);
    const rising = slopeOf((d) => d);
    expect(rising.slice(0, 5)).toEqual([0, 0, 0, 0, 0]);
    expect(rising.at(-1)).toBeGreaterThan(5);
    expect(slopeOf((d) => d * (1 - 0.4 * d)).at(-1)).toBeLessThan(-5);
  });
});
