import type { Tokenizer, TokenSequence } from "@accord-rl/core";

/** Turns tokens into text as they come. */
export interface TextStream {
  /** @returns the text that became complete: never half a character. */
  push(tokens: TokenSequence): string;
  /** @returns what is left, as far as it is text. */
  end(): string;
}

/** Most tokens that one character can take: UTF-8 has at most four bytes. */
const longestCharacter = 4;

/**
 * Decodes a growing text piece by piece. A character whose bytes came only in part waits for the rest.
 *
 * Each piece is decoded together with the token before it, so tokenizers whose decoding depends on the neighbour
 * (a space before the first word, say) give the same text as at once.
 */
export const createTextStream = (tokenizer: Tokenizer): TextStream => {
  let context: number[] = [];
  let waiting: number[] = [];
  /** The text of `waiting`, given what came before. */
  const decoded = (): string => {
    const before = tokenizer.decode(context);
    return tokenizer.decode([...context, ...waiting]).slice(before.length);
  };
  const flush = (text: string): string => {
    context = [...context, ...waiting].slice(-1);
    waiting = [];
    return text;
  };
  const pushOne = (token: number): string => {
    waiting.push(token);
    const text = decoded();
    // The replacement character at the end: bytes are missing, unless more would not help.
    const isIncomplete = text.endsWith("\uFFFD") && waiting.length < longestCharacter;
    return isIncomplete ? "" : flush(text);
  };
  return {
    push: (tokens) => Array.from(tokens, pushOne).join(""),
    end: () => (waiting.length === 0 ? "" : flush(decoded())),
  };
};
