import {
  InvalidArgumentError,
  type PreferencePair,
  type Random,
  type RatedText,
  type Tokenizer,
} from "@accord-rl/core";
import type { LabeledText } from "./imdb.ts";
import { encodeStart } from "./tokenize.ts";

export interface SentimentOptions {
  /** Most tokens of a text, begin token included. */
  readonly maxLength: number;
  /** Shorter reviews are left out; default `maxLength`: then all have one length. */
  readonly minLength?: number;
  /** Most results; default as many as there are. */
  readonly count?: number;
}

/** The start of a text as tokens, begin token included. */
const startOf = (text: string, tokenizer: Tokenizer, length: number): number[] => {
  const begin = tokenizer.beginToken === null ? [] : [tokenizer.beginToken];
  return [...begin, ...encodeStart(tokenizer, text, length - begin.length)];
};

/** Token sequences of the texts that are long enough, until `count` are found. */
const takeStarts = (
  texts: readonly string[],
  tokenizer: Tokenizer,
  { maxLength, minLength = maxLength, count = Number.POSITIVE_INFINITY }: SentimentOptions,
): number[][] => {
  if (!(minLength >= 1 && minLength <= maxLength)) {
    const message = `minLength is ${minLength} and maxLength ${maxLength}, expected 1 ≤ minLength ≤ maxLength`;
    throw new InvalidArgumentError({ argument: "maxLength", value: maxLength, message });
  }
  const starts: number[][] = [];
  for (const text of texts) {
    if (starts.length >= count) break;
    const tokens = startOf(text, tokenizer, maxLength);
    if (tokens.length >= minLength) starts.push(tokens);
  }
  return starts;
};

const checkCount = (name: string, found: number, { count, minLength, maxLength }: SentimentOptions): void => {
  if (found > 0 && found >= (count ?? 0)) return;
  throw new InvalidArgumentError({
    argument: "count",
    value: count,
    message: `${name}: asked for ${count ?? "any"}, found ${found} with at least ${minLength ?? maxLength} tokens; give more reviews or a smaller length`,
  });
};

const textsOf = (reviews: readonly LabeledText[], label: 0 | 1): string[] =>
  reviews.filter((review) => review.label === label).map((review) => review.text);

/**
 * Pairs of a liked review over a disliked one, each review at most once, both cut to the same number of tokens:
 * length tells nothing about which is which.
 */
export const sentimentPairs = (
  reviews: readonly LabeledText[],
  tokenizer: Tokenizer,
  options: SentimentOptions & { readonly random: Random },
): PreferencePair[] => {
  const { random } = options;
  const [liked, disliked] = ([1, 0] as const).map((label) =>
    takeStarts(random.shuffle(textsOf(reviews, label)), tokenizer, options),
  ) as [number[][], number[][]];
  const pairs = liked.slice(0, disliked.length).map((preferred, i): PreferencePair => {
    const rejected = disliked[i] as number[];
    const length = Math.min(preferred.length, rejected.length);
    return { preferred: preferred.slice(0, length), rejected: rejected.slice(0, length) };
  });
  checkCount("sentimentPairs", pairs.length, options);
  return pairs;
};

/**
 * Reviews with a rating of 1 (liked) or −1 (disliked), in random order, as many of one kind as of the other.
 * At the default `minLength` all have one length.
 */
export const sentimentRatings = (
  reviews: readonly LabeledText[],
  tokenizer: Tokenizer,
  options: SentimentOptions & { readonly random: Random },
): RatedText[] => {
  const { random, count } = options;
  const half = count === undefined ? options : { ...options, count: Math.ceil(count / 2) };
  const [liked, disliked] = ([1, 0] as const).map((label) =>
    takeStarts(random.shuffle(textsOf(reviews, label)), tokenizer, half),
  ) as [number[][], number[][]];
  const each = Math.min(liked.length, disliked.length);
  const rated = [
    ...liked.slice(0, each).map((tokens): RatedText => ({ tokens, rating: 1 })),
    ...disliked.slice(0, each).map((tokens): RatedText => ({ tokens, rating: -1 })),
  ];
  checkCount("sentimentRatings", rated.length, options);
  return random.shuffle(rated).slice(0, count);
};
