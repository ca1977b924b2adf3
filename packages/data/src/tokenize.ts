import { InvalidArgumentError, type Tokenizer } from "@accord-rl/core";

/** How texts become token sequences of bounded length. */
export interface TokenizeOptions {
  /** Most tokens of a sequence, begin and end token included. */
  readonly maxLength: number;
  /** What a prompt may keep when prompt and response together are too long; default half of `maxLength`. */
  readonly maxPromptLength?: number;
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

const commonPrefix = (a: readonly number[], b: readonly number[]): number => {
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
 * Where a sequence is too long, the start of the prompt goes first, down to `maxPromptLength`, then the end of the
 * response: what stands around the seam stays.
 */
export const tokenizeResponses = (
  prompt: string,
  responses: readonly string[],
  tokenizer: Tokenizer,
  options: TokenizeOptions,
): TokenizedResponses => {
  checkLengths(options);
  const { maxLength, maxPromptLength = Math.floor(maxLength / 2), addBegin = true, addEnd = true } = options;
  const begin = addBegin && tokenizer.beginToken !== null ? [tokenizer.beginToken] : [];
  const end = addEnd && tokenizer.endToken !== null ? [tokenizer.endToken] : [];

  const alone = tokenizer.encode(prompt);
  const whole = responses.map((response) => tokenizer.encode(prompt + response));
  const seam = Math.min(...whole.map((tokens) => commonPrefix(alone, tokens)));
  const completions = whole.map((tokens) => [...tokens.slice(seam), ...end]);

  const room = maxLength - begin.length;
  const longest = Math.max(...completions.map((tokens) => tokens.length));
  const kept = Math.min(seam, Math.max(Math.min(maxPromptLength, room - 1), room - longest));
  const head = [...begin, ...alone.slice(seam - kept, seam)];
  const sequences = completions.map((tokens) => [...head, ...tokens.slice(0, maxLength - head.length)]);
  return { sequences, completionStart: head.length };
};

/** The first `count` tokens of a text, without encoding all of a long one. */
export const encodeStart = (tokenizer: Tokenizer, text: string, count: number): number[] => {
  // Few tokens are longer than 16 characters; those at the cut are not the ones that the whole text has.
  const start = tokenizer.encode(text.slice(0, 16 * (count + 8)));
  const isEnough = start.length >= count + 8 || text.length <= 16 * (count + 8);
  return (isEnough ? start : tokenizer.encode(text)).slice(0, count);
};
