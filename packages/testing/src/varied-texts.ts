export interface VariedTextOptions {
  /** Below 2³². */
  readonly seed: number;
  readonly count: number;
  /** Parts of texts: words of many scripts, code, runs of spaces, special tokens, ... */
  readonly atoms: readonly string[];
  /** First and last code point of ranges to draw from. */
  readonly ranges: readonly (readonly number[])[];
}

/** Texts of many kinds from a seed, the same as in tools/goldens/varied_texts.py. */
export const variedTexts = ({ seed, count, atoms, ranges }: VariedTextOptions): string[] => {
  let state = seed;
  const draw = (bound: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state >>> 8) % bound;
  };
  const atom = () => atoms[draw(atoms.length)] as string;
  const characters = (): string => {
    const [first, last] = ranges[draw(ranges.length)] as [number, number];
    const length = 1 + draw(6);
    return String.fromCodePoint(...Array.from({ length }, () => first + draw(last - first + 1)));
  };
  const part = (): string => {
    const kind = draw(8);
    if (kind < 4) return atom();
    if (kind > 4) return characters();
    const repeated = atom();
    return repeated.repeat(1 + draw(4));
  };
  return Array.from({ length: count }, () => {
    const parts = 1 + draw(12);
    return Array.from({ length: parts }, part).join("");
  });
};

/** FNV-1a over numbers, each list ended by 2³² − 1. */
export const hashOfLists = (lists: Iterable<readonly number[]>): number => {
  let hash = 0x811c9dc5;
  for (const list of lists) {
    for (const value of list) hash = Math.imul(hash ^ value, 0x01000193);
    hash = Math.imul(hash ^ 0xffffffff, 0x01000193);
  }
  return hash >>> 0;
};
