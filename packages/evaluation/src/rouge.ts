import { countNgrams, overlap, type Sequence, total } from "./ngrams.ts";

export interface Overlap {
  /** Of the candidate's units, the fraction found in the reference. */
  readonly precision: number;
  /** Of the reference's units, the fraction found in the candidate. */
  readonly recall: number;
  /** Their harmonic mean. */
  readonly f1: number;
}

const scores = (shared: number, candidate: number, reference: number): Overlap => {
  const precision = candidate === 0 ? 0 : shared / candidate;
  const recall = reference === 0 ? 0 : shared / reference;
  return { precision, recall, f1: shared === 0 ? 0 : (2 * precision * recall) / (precision + recall) };
};

/**
 * ROUGE-N: n-grams that candidate and reference share, counts clipped.
 *
 * @param candidate, reference  as words; nothing is stemmed or lower-cased here (see `words`).
 * @see Lin 2004. https://aclanthology.org/W04-1013
 */
export const rougeN = (candidate: Sequence, reference: Sequence, n: number): Overlap => {
  const [own, other] = [countNgrams(candidate, n), countNgrams(reference, n)];
  return scores(overlap(own, other), total(own), total(other));
};

/** Length of the longest common subsequence, in O(|a|·|b|) time and O(|b|) memory. */
export const longestCommonSubsequence = (first: Sequence, second: Sequence): number => {
  let previous = new Uint32Array(second.length + 1);
  for (let i = 0; i < first.length; i++) {
    const current = new Uint32Array(second.length + 1);
    for (let j = 0; j < second.length; j++) {
      current[j + 1] =
        first[i] === second[j]
          ? (previous[j] as number) + 1
          : Math.max(previous[j + 1] as number, current[j] as number);
    }
    previous = current;
  }
  return previous[second.length] as number;
};

/** ROUGE-L of one sentence: the longest common subsequence in place of n-grams. */
export const rougeL = (candidate: Sequence, reference: Sequence): Overlap =>
  scores(longestCommonSubsequence(candidate, reference), candidate.length, reference.length);
