import type { Random } from "@accord-rl/core";

/** Prompts of random tokens. @returns [count][length] */
export const drawPrompts = (
  random: Random,
  count: number,
  length: number,
  vocabularySize: number,
): readonly (readonly number[])[] =>
  Array.from({ length: count }, () => Array.from({ length }, () => random.integer(vocabularySize)));

/** The same draw to each of `sides` callers in turn, then a new one. */
export const servePairs = <T>(draw: () => T, sides: number): (() => T) => {
  let current: T;
  let served = sides;
  return () => {
    if (served === sides) {
      current = draw();
      served = 0;
    }
    served++;
    return current;
  };
};
