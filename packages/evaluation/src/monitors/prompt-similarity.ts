import { InvalidArgumentError } from "@accord-rl/core";
import { countNgrams, words } from "../ngrams.ts";
import { meanOverSamples } from "./text-signals.ts";
import type { Signal } from "./types.ts";

/** How much a word tells, by the texts that it was counted in. */
export interface WordWeights {
  /** log((1 + texts)/(1 + texts with the word)) + 1. */
  readonly weights: Readonly<Record<string, number>>;
  /** Of a word that no text held. */
  readonly unknown: number;
}

/** Inverse document frequencies, smoothed as scikit-learn does. Data: they can be stored as JSON. */
export const fitWordWeights = (texts: readonly string[]): WordWeights => {
  if (texts.length === 0) {
    throw new InvalidArgumentError({
      argument: "texts",
      value: texts,
      message: "fitWordWeights: got no text, expected at least one",
    });
  }
  const found = new Map<string, number>();
  for (const text of texts) {
    for (const word of new Set(words(text))) found.set(word, (found.get(word) ?? 0) + 1);
  }
  const weigh = (documents: number): number => Math.log((1 + texts.length) / (1 + documents)) + 1;
  return {
    weights: Object.fromEntries([...found].map(([word, documents]) => [word, weigh(documents)])),
    unknown: weigh(0),
  };
};

const vectorOf = (text: string, { weights, unknown }: WordWeights): Map<string, number> =>
  new Map(
    [...countNgrams(words(text), 1)].map(([word, count]) => [
      word,
      count * (Object.hasOwn(weights, word) ? (weights[word] as number) : unknown),
    ]),
  );

const lengthOf = (vector: ReadonlyMap<string, number>): number => Math.hypot(...vector.values());

/**
 * Cosine of the tf-idf vectors of two texts' words: 1 = the same words in the same proportion, 0 = no word in common, or
 * no word at all. It sees words, not meaning: a good answer in other words scores low, which is why its change is
 * watched and not its value.
 */
export const wordSimilarity = (
  first: string,
  second: string,
  weights: WordWeights = { weights: {}, unknown: 1 },
): number => {
  const [a, b] = [vectorOf(first, weights), vectorOf(second, weights)];
  const scale = lengthOf(a) * lengthOf(b);
  let dot = 0;
  for (const [word, value] of a) dot += value * (b.get(word) ?? 0);
  return scale === 0 ? 0 : dot / scale;
};

/** Mean `wordSimilarity` of prompt and response: falls when answers no longer are about what was asked. */
export const promptSimilaritySignal = ({ weights }: { readonly weights?: WordWeights } = {}): Signal =>
  meanOverSamples(
    {
      name: "promptSimilarity",
      label: "cosine of the words of prompt and response",
      sides: [-1],
      resolution: 0.005,
    },
    ({ prompt, response }) => wordSimilarity(prompt, response, weights),
  );
