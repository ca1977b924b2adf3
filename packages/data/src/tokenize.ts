import { InvalidArgumentError, type Tokenizer } from "@accord-rl/core";
import { keepPromptEnd, type Truncation } from "./truncation.ts";

/** How texts become token sequences of bounded length. */
export interface TokenizeOptions {
  /** Most tokens of a sequence, begin and end token included. */
  readonly maxLength: number;
  /** What a prompt may keep when prompt and response together are too long; default half of `maxLength`. */
  readonly maxPromptLength?: number;
  /** What is cut where they are too long; default `keepPromptEnd(maxPromptLength)`. */
  readonly truncate?: Truncation;
  /** Begin with the tokenizer's begin token, where it has one; default true. */
  readonly addBegin?: boolean;
  /** End a response that was not cut with the tokenizer's end token, where it has one; default true. */
  readonly addEnd?: boolean;
}

/** A prompt with one or more responses to it, each as one sequence. */
export interface TokenizedResponses {
  readonly sequences: readonly number[][];
  /** Index of the first response token, the same in every sequence. */
  readonly completionStart: number;
}

/** How many tokens two texts begin with alike. */
export const commonPrefix = (a: readonly number[], b: readonly number[]): number => {
  const differs = a.findIndex((token, i) => token !== b[i]);
  return differs < 0 ? a.length : differs;
};

const checkLengths = ({ maxLength, maxPromptLength = 0 }: TokenizeOptions): void => {
  const isCount = (value: number, least: number) => Number.isInteger(value) && value >= least;
  if (isCount(maxLength, 2) && isCount(maxPromptLength, 0) && maxPromptLength < maxLength) return;
  const got = `maxLength is ${maxLength} and maxPromptLength ${maxPromptLength}`;
  throw new InvalidArgumentError({
    argument: "maxLength",
    value: { maxLength, maxPromptLength },
    message: `tokenizeResponses: ${got}, expected whole numbers of at least 2 and 0, the second one smaller`,
  });
};

/**
 * Tokenizes a prompt with each of its responses as one text, so that tokens at the seam are the ones that the model
 * knows; a token that spans it counts as response.
 *
 * @returns null where `truncate` leaves them out.
 */
export function tokenizeResponses(
  prompt: string,
  responses: readonly string[],
  tokenizer: Tokenizer,
  options: TokenizeOptions & { readonly truncate?: never },
): TokenizedResponses;
export function tokenizeResponses(
  prompt: string,
  responses: readonly string[],
  tokenizer: Tokenizer,
  options: TokenizeOptions,
): TokenizedResponses | null;
export function tokenizeResponses(
  prompt: string,
  responses: readonly string[],
  tokenizer: Tokenizer,
  options: TokenizeOptions,
): TokenizedResponses | null {
  checkLengths(options);
  const { maxLength, maxPromptLength = Math.floor(maxLength / 2), addBegin = true, addEnd = true } = options;
  const { truncate = keepPromptEnd(maxPromptLength) } = options;
  const begin = addBegin && tokenizer.beginToken !== null ? [tokenizer.beginToken] : [];
  const end = addEnd && tokenizer.endToken !== null ? [tokenizer.endToken] : [];

  const alone = tokenizer.encode(prompt);
  const whole = responses.map((response) => tokenizer.encode(prompt + response));
  const seam = Math.min(...whole.map((tokens) => commonPrefix(alone, tokens)));
  const completions = whole.map((tokens) => [...tokens.slice(seam), ...end]);
  const parts = { prompt: alone.slice(0, seam), responses: completions };
  const fitted = truncate(parts, maxLength - begin.length);
  if (fitted === null) return null;
  const head = [...begin, ...fitted.prompt];
  return {
    sequences: fitted.responses.map((completion) => [...head, ...completion]),
    completionStart: head.length,
  };
}

/** The first `count` tokens of a text, without encoding all of a long one. */
export const encodeStart = (tokenizer: Tokenizer, text: string, count: number): number[] => {
  // Few tokens are longer than 16 characters; those at the cut are not the ones that the whole text has.
  const start = tokenizer.encode(text.slice(0, 16 * (count + 8)));
  const isEnough = start.length >= count + 8 || text.length <= 16 * (count + 8);
  return (isEnough ? start : tokenizer.encode(text)).slice(0, count);
};
