import { countNgrams, type Sequence, total } from "./ngrams.ts";

/**
 * distinct-n: unique n-grams over all n-grams of a whole collection. Falls when texts become alike.
 * It shrinks with the amount of text: compare collections of the same size only. 0 when there is no n-gram.
 *
 * @see Li et al. 2016, §5.3. https://arxiv.org/abs/1510.03055
 */
export const distinctN = (sequences: readonly Sequence[], n: number): number => {
  const unique = new Set<string>();
  let all = 0;
  for (const sequence of sequences) {
    const counts = countNgrams(sequence, n);
    for (const key of counts.keys()) unique.add(key);
    all += total(counts);
  }
  return all === 0 ? 0 : unique.size / all;
};

/** 1 − unique/total n-grams of one text: 0 = nothing is said twice. 0 when it is shorter than n. */
export const repetition = (sequence: Sequence, n: number): number => {
  const counts = countNgrams(sequence, n);
  return counts.size === 0 ? 0 : 1 - counts.size / total(counts);
};
