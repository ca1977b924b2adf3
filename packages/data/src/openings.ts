import { InvalidArgumentError, type Random, type Tokenizer, type TokenSequence } from "@accord-rl/core";
import { encodeStart } from "./tokenize.ts";

export interface OpeningOptions {
  /** Fewest and most tokens of an opening, begin token included; its length is drawn between them. */
  readonly minLength: number;
  readonly maxLength: number;
  readonly count: number;
  readonly random: Random;
  /** Openings that must not come up again: those of another split. */
  readonly exclude?: readonly TokenSequence[];
}

const keyOf = (tokens: TokenSequence): string => Array.from(tokens).join(" ");

/**
 * Prompts: how `count` texts begin, as tokens, all different from each other and from `exclude`. A text gives at most
 * one, and always continues after it.
 *
 * @throws InvalidArgumentError when the texts don't give that many.
 */
export const openings = (
  texts: readonly string[],
  tokenizer: Tokenizer,
  { minLength, maxLength, count, random, exclude = [] }: OpeningOptions,
): number[][] => {
  const begin = tokenizer.beginToken === null ? [] : [tokenizer.beginToken];
  const fail = (argument: string, value: number, message: string): never => {
    throw new InvalidArgumentError({ argument, value, message: `openings: ${message}` });
  };
  if (!(minLength > begin.length && minLength <= maxLength)) {
    const expected = `${begin.length} < minLength ≤ maxLength`;
    fail(
      "minLength",
      minLength,
      `minLength is ${minLength} and maxLength ${maxLength}, expected ${expected}`,
    );
  }
  const taken = new Set(exclude.map(keyOf));
  const found: number[][] = [];
  for (const text of random.shuffle(texts)) {
    if (found.length === count) break;
    const length = minLength + random.integer(maxLength - minLength + 1);
    const tokens = [...begin, ...encodeStart(tokenizer, text, length + 1 - begin.length)];
    const opening = tokens.slice(0, length);
    if (tokens.length <= length || taken.has(keyOf(opening))) continue;
    taken.add(keyOf(opening));
    found.push(opening);
  }
  if (found.length < count) {
    fail("count", count, `asked for ${count}, found ${found.length} different ones in ${texts.length} texts`);
  }
  return found;
};
