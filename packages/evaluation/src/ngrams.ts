import { requireCount } from "@accord-rl/core";

/** A text as a list: words, characters or token ids. */
export type Sequence = ArrayLike<string | number>;

/**
 * How often each run of n neighbours occurs.
 *
 * @returns key → count; the key joins the items with a character that no text holds.
 */
export const countNgrams = (sequence: Sequence, n: number): Map<string, number> => {
  requireCount("countNgrams", "n", n);
  const items = Array.from(sequence);
  const counts = new Map<string, number>();
  for (let start = 0; start + n <= items.length; start++) {
    const key = items.slice(start, start + n).join("\u0000");
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
};

/** Σ over shared n-grams of the smaller count: how many of one occur in the other, none counted twice. */
export const overlap = (first: ReadonlyMap<string, number>, second: ReadonlyMap<string, number>): number => {
  let shared = 0;
  for (const [key, count] of first) shared += Math.min(count, second.get(key) ?? 0);
  return shared;
};

export const total = (counts: ReadonlyMap<string, number>): number => {
  let all = 0;
  for (const count of counts.values()) all += count;
  return all;
};

/** Lower-case runs of letters, digits and marks of any script, apostrophes inside kept: "Don't!" → ["don't"]. */
export const words = (text: string): string[] =>
  text.toLowerCase().match(/[\p{L}\p{N}\p{M}]+(?:['’][\p{L}\p{N}\p{M}]+)*/gu) ?? [];
