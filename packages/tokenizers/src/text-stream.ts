import type { Tokenizer, TokenSequence } from "@accord-rl/core";

/** Turns tokens into text as they come. */
export interface TextStream {
  /** @returns the text that became complete: never half a character. */
  push(tokens: TokenSequence): string;
  /** @returns what is left, as far as it is text. */
  end(): string;
}

/** Tokens that are decoded again with the next one. A character has at most four bytes; some tokens have none. */
const windowSize = 8;
/** What decoders write for bytes that are no character, or not yet one. */
const replacement = "\uFFFD";

const withoutLast = (text: string): string =>
  text.endsWith(replacement) ? text.slice(0, -replacement.length) : text;

/**
 * Decodes a growing text piece by piece. A character whose bytes came only in part waits for the rest.
 *
 * A token is decoded together with those before it, so tokenizers whose decoding depends on the neighbours (a space
 * before the first word, say) give the same text as at once. Bytes that are no character wait until the next token, or
 * the end, says that they will be none.
 */
export const createTextStream = (tokenizer: Tokenizer): TextStream => {
  let window: number[] = [];
  const pushOne = (token: number): string => {
    const given = withoutLast(tokenizer.decode(window));
    const tokens = [...window, token];
    const complete = withoutLast(tokenizer.decode(tokens)).slice(given.length);
    window = tokens.slice(-windowSize);
    return complete;
  };
  return {
    push: (tokens) => Array.from(tokens, pushOne).join(""),
    end: () => {
      const text = tokenizer.decode(window);
      window = [];
      return text.slice(withoutLast(text).length);
    },
  };
};
