import { countNgrams, overlap, total } from "./ngrams.ts";

export interface ChrfOptions {
  /** Longest character n-gram. Default 6. */
  readonly characterOrder?: number;
  /** Longest word n-gram: 0 is chrF, 2 is chrF++. Default 0. */
  readonly wordOrder?: number;
  /** How much more recall weighs than precision. Default 2. */
  readonly beta?: number;
}

/** What Python's str.split() takes for white space. JavaScript's \s has U+FEFF, and lacks U+001C to U+001F and U+0085. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: Python splits at these four.
const whiteSpace = /[\p{White_Space}\x1c-\x1f]+/u;

/** Words with a punctuation mark at their start or end split off, as chrF++ counts them. */
const splitWords = (text: string): string[] =>
  text
    .split(whiteSpace)
    .filter((word) => word !== "")
    .flatMap((word) => {
      const parts = word.match(/^([!-/:-@[-`{-~])(.+)$/s);
      const end = word.match(/^(.+)([!-/:-@[-`{-~])$/s);
      if (end) return [end[1] as string, end[2] as string];
      return parts ? [parts[1] as string, parts[2] as string] : [word];
    });

/**
 * chrF of one text, 0 to 100: F_β of character n-grams (spaces removed).
 * Agrees with sacrebleu's sentence score (effective order, no smoothing).
 *
 *   chrF_β = (1 + β²)·P·R / (β²·P + R),   P and R averaged over the orders that both texts have
 *
 * @see Popović 2015. https://aclanthology.org/W15-3049; chrF++: Popović 2017. https://aclanthology.org/W17-4770
 */
export const chrf = (
  candidate: string,
  reference: string,
  { characterOrder = 6, wordOrder = 0, beta = 2 }: ChrfOptions = {},
): number => {
  const characters = (text: string) => Array.from(text.split(whiteSpace).join(""));
  const views = [
    { own: characters(candidate), other: characters(reference), orders: characterOrder },
    { own: splitWords(candidate), other: splitWords(reference), orders: wordOrder },
  ];
  let [precision, recall, orders] = [0, 0, 0];
  for (const { own, other, orders: longest } of views) {
    for (let n = 1; n <= longest; n++) {
      const [ownCounts, otherCounts] = [countNgrams(own, n), countNgrams(other, n)];
      if (ownCounts.size === 0 || otherCounts.size === 0) continue;
      orders += 1;
      const shared = overlap(ownCounts, otherCounts);
      precision += shared / total(ownCounts);
      recall += shared / total(otherCounts);
    }
  }
  if (precision === 0) return 0;
  return ((100 / orders) * (1 + beta ** 2) * precision * recall) / (beta ** 2 * precision + recall);
};
