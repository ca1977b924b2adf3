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

/** Numbers n-grams by following them term by term through a tree: node 0 is the root. */
const createTree = () => {
  const termNumbers = new Map<string | number, number>();
  const children = new Map<number, number>();
  const numberOf = <Key>(map: Map<Key, number>, key: Key, next: number, isGrowing: boolean) => {
    const known = map.get(key);
    if (known !== undefined || !isGrowing) return known;
    map.set(key, next);
    return next;
  };
  return {
    /** The nodes of all n-grams of a text, as often as they occur; unknown ones are added or left out. */
    walk: (terms: Terms, ngrams: number, isGrowing: boolean): number[] => {
      const numbers = terms.map((term) => numberOf(termNumbers, term, termNumbers.size, isGrowing));
      const nodes: number[] = [];
      for (const start of numbers.keys()) {
        let node: number | undefined = 0;
        for (let at = start; at < Math.min(start + ngrams, numbers.length); at++) {
          const term = numbers[at];
          // 2²⁶ different terms at most: the key stays an exact integer.
          if (term !== undefined)
            node = numberOf(children, node * 2 ** 26 + term, children.size + 1, isGrowing);
          if (term === undefined || node === undefined) break;
          nodes.push(node);
        }
      }
      return nodes;
    },
  };
};

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
  const tree = createTree();
  const frequencies = new Map<number, number>();
  for (const terms of documents) {
    for (const node of new Set(tree.walk(terms, ngrams, true))) {
      frequencies.set(node, (frequencies.get(node) ?? 0) + 1);
    }
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
    kept.map(([node, frequency], index) => [
      node,
      { index, idf: 1 + Math.log((1 + documents.length) / (1 + frequency)) },
    ]),
  );
  return {
    features: features.size,
    vector: (terms) => {
      const counts = new Map<number, number>();
      for (const node of tree.walk(terms, ngrams, false)) counts.set(node, (counts.get(node) ?? 0) + 1);
      const entries = [...counts].flatMap(([node, count]) => {
        const feature = features.get(node);
        return feature ? [{ index: feature.index, value: (1 + Math.log(count)) * feature.idf }] : [];
      });
      const norm = Math.hypot(...entries.map(({ value }) => value)) || 1;
      return {
        indices: Uint32Array.from(entries, ({ index }) => index),
        values: Float64Array.from(entries, ({ value }) => value / norm),
      };
    },
  };
};
