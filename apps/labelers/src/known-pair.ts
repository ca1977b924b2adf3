import type { Random } from "@accord-rl/core";
import type { ResponsePair } from "@accord-rl/feedback";

/** Two responses of which one is known to be better. */
export interface KnownPair {
  readonly prompt: string;
  readonly better: string;
  readonly worse: string;
  /** What kind of pair it is, where a set has several. */
  readonly kind?: string;
}

/** A pair as a labeler sees it, with what it does not see. */
export interface ShownPair extends ResponsePair {
  readonly truth: "first" | "second";
  readonly kind?: string;
}

const wordsOf = (text: string): string[] => text.split(/\s+/).filter((word) => word !== "");

/** The first words of a text, as they stand in it. */
export const firstWords = (text: string, most: number): string => {
  const found = [...text.matchAll(/\S+/g)];
  const last = found[most - 1];
  return found.length <= most || last === undefined
    ? text
    : `${text.slice(0, last.index + last[0].length)} …`;
};

export const lengthOf = ({ prompt, better, worse }: KnownPair): number =>
  wordsOf(`${prompt} ${better} ${worse}`).length;

/** Draws pairs of a set, and shows the better one first or second by a coin. */
export const drawPairs = (
  pairs: readonly KnownPair[],
  { count, name, random }: { readonly count: number; readonly name: string; readonly random: Random },
): ShownPair[] =>
  random
    .shuffle(pairs.map((_, index) => index))
    .slice(0, count)
    .map((index) => {
      const { prompt, better, worse, kind } = pairs[index]!;
      const isFirst = random.fork(`order of ${index}`).uniform() < 0.5;
      return {
        id: `${name} ${index}`,
        prompt,
        first: isFirst ? better : worse,
        second: isFirst ? worse : better,
        truth: isFirst ? "first" : "second",
        ...(kind !== undefined && { kind }),
      };
    });

/** Those of a length stand together, so that batches of them need little padding. */
export const shortestFirst = (pairs: readonly ShownPair[]): ShownPair[] => {
  const size = ({ prompt, first, second }: ShownPair) => prompt.length + first.length + second.length;
  return pairs.toSorted((a, b) => size(a) - size(b));
};
