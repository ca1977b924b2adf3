import { requireCount } from "@accord-rl/core";
import { distinctN, repetition } from "../diversity.ts";
import { countNgrams, words } from "../ngrams.ts";

import { mean } from "../statistics.ts";
import type { MonitoredSample, Signal } from "./types.ts";

/** A signal that is the mean of one number per sample. */
export const meanOverSamples = (
  about: Omit<Signal, "measure">,
  of: (sample: MonitoredSample) => number,
): Signal => ({
  ...about,
  measure: ({ samples }) => {
    if (samples.length === 0) return undefined;
    const perSample = samples.map(of);
    return { value: mean(perSample), perSample };
  },
});

/** Mean length of a response, in tokens where they are known, otherwise in words. */
export const lengthSignal: Signal = meanOverSamples(
  { name: "length", label: "length of a response", sides: [1, -1], resolution: 0.1 },
  ({ response, responseTokens }) => responseTokens?.length ?? words(response).length,
);

/** Mean share of a response's n-grams of words that it has said before. */
export const repetitionSignal = ({ n = 2 }: { readonly n?: number } = {}): Signal =>
  meanOverSamples(
    {
      name: "repetition",
      label: `share of a response's ${n}-grams that it has said before`,
      sides: [1],
      resolution: 0.005,
    },
    ({ response }) => repetition(words(response), n),
  );

/**
 * distinct-n of all responses of an iteration. A sample's own part is the mean of 1/count over its n-grams, whose weighted
 * mean is distinct-n: low where others say the same.
 */
export const distinctSignal = ({ n = 2 }: { readonly n?: number } = {}): Signal => {
  requireCount("distinctSignal", "n", n);
  return {
    name: `distinct${n}`,
    label: `share of different ${n}-grams in all responses`,
    sides: [-1],
    resolution: 0.005,
    measure: ({ samples }) => {
      if (samples.length === 0) return undefined;
      const texts = samples.map(({ response }) => words(response));
      const own = texts.map((text) => countNgrams(text, n));
      const all = new Map<string, number>();
      for (const counts of own) {
        for (const [key, count] of counts) all.set(key, (all.get(key) ?? 0) + count);
      }
      const perSample = own.map((counts) => {
        const rarities = [...counts].flatMap(([key, count]) =>
          Array<number>(count).fill(1 / (all.get(key) as number)),
        );
        return rarities.length === 0 ? 1 : mean(rarities);
      });
      return { value: distinctN(texts, n), perSample };
    },
  };
};
