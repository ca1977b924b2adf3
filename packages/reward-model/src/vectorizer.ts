import { InvalidArgumentError } from "@accord-rl/core";
import type { SparseRow } from "./logistic-regression.ts";

/** A text as the terms that it is made of, in order. */
export type Terms = readonly (string | number)[];

export interface VectorizerOptions {
  /** Longest n-gram of terms. Default 1. */
  readonly ngrams?: number;
  /** Terms found in fewer documents are forgotten. Default 1. */
  readonly minDocuments?: number;
}

/** Turns documents into sparse vectors. */
export interface Vectorizer {
  readonly features: number;
  vector(terms: Terms): SparseRow;
}

const keysOf = (terms: Terms, ngrams: number): string[] =>
  Array.from({ length: ngrams }, (_, order) =>
    Array.from({ length: Math.max(terms.length - order, 0) }, (_, start) =>
      terms.slice(start, start + order + 1).join("\u0000"),
    ),
  ).flat();

/** Lower-case words; apostrophes inside stay, so that "don't" is one word. */
export const wordTerms = (text: string): string[] =>
  text.toLowerCase().match(/[\p{L}\p{N}]+(?:['’][\p{L}\p{N}]+)*/gu) ?? [];

/**
 * tf-idf vectors of length 1: (1 + log count)·(1 + log((1 + n)/(1 + d))) for a term found in d of n documents.
 * Terms that the fitting documents did not hold count nothing.
 *
 * @see Manning, Raghavan & Schütze 2008, §6.4. https://nlp.stanford.edu/IR-book/
 */
export const fitVectorizer = (
  documents: readonly Terms[],
  { ngrams = 1, minDocuments = 1 }: VectorizerOptions = {},
): Vectorizer => {
  const frequencies = new Map<string, number>();
  for (const terms of documents) {
    for (const key of new Set(keysOf(terms, ngrams))) frequencies.set(key, (frequencies.get(key) ?? 0) + 1);
  }
  const kept = [...frequencies].filter(([, frequency]) => frequency >= minDocuments);
  if (kept.length === 0) {
    throw new InvalidArgumentError({
      argument: "documents",
      value: documents.length,
      message: `fitVectorizer: ${documents.length} documents have no term in at least ${minDocuments} of them; give more text, or lower minDocuments`,
    });
  }
  const features = new Map(
    kept.map(([key, frequency], index) => [
      key,
      { index, idf: 1 + Math.log((1 + documents.length) / (1 + frequency)) },
    ]),
  );
  return {
    features: features.size,
    vector: (terms) => {
      const counts = new Map<string, number>();
      for (const key of keysOf(terms, ngrams)) {
        if (features.has(key)) counts.set(key, (counts.get(key) ?? 0) + 1);
      }
      const entries = [...counts].map(([key, count]) => {
        const { index, idf } = features.get(key)!;
        return { index, value: (1 + Math.log(count)) * idf };
      });
      const norm = Math.hypot(...entries.map(({ value }) => value)) || 1;
      return {
        indices: Uint32Array.from(entries, ({ index }) => index),
        values: Float64Array.from(entries, ({ value }) => value / norm),
      };
    },
  };
};
