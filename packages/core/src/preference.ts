import type { TokenSequence } from "./text.ts";

/** One supervised example: the loss counts the tokens from `completionStart` on. */
export interface TextExample {
  readonly tokens: TokenSequence;
  /** Index of the first token that is learned; 0 = all but the first, which nothing predicts. */
  readonly completionStart: number;
  /**
   * One number per token: 1 = it is learned, 0 = it is only read. Tokens before `completionStart` are not learned in any
   * case. Default: all others are. A conversation learns the assistant's turns alone, a packed block no document's start.
   */
  readonly mask?: ArrayLike<number>;
  /** Default 1. */
  readonly weight?: number;
}
export type TextBatch = readonly TextExample[];

/** Two texts (prompt included), the first preferred. */
export interface PreferencePair {
  readonly preferred: TokenSequence;
  readonly rejected: TokenSequence;
  /** Index of the first response token in both; DPO needs it. */
  readonly completionStart?: number;
  /** Probability that `preferred` is the better one; default 1. A soft label of AI feedback. */
  readonly probability?: number;
  /** How much better it is, in reward units; default 0. */
  readonly margin?: number;
  /** Default 1. */
  readonly weight?: number;
}
export type PreferenceBatch = readonly PreferencePair[];

/** A text (prompt included) with a score that a person gave. */
export interface RatedText {
  readonly tokens: TokenSequence;
  readonly rating: number;
  /** Default 1. */
  readonly weight?: number;
}
export type RatingBatch = readonly RatedText[];

export interface LabeledPreference {
  /** That the first of the two is better. */
  readonly probability: number;
  readonly source: string;
  readonly rationale?: string;
  readonly cost?: number;
}

/** Why there is no label or no score. */
export interface Abstention {
  /** The kind of reason, one of few: it is counted. */
  readonly reason: string;
  /** The model's error, where it refused. */
  readonly error?: unknown;
}

export interface AbstainOptions {
  /** Told why the item with this index gets null, by labelers and sources that know. */
  readonly onAbstain?: (index: number, abstention: Abstention) => void;
}

/** Anything that turns pairs of responses into preferences; null = abstains. */
export interface Labeler<Pair> {
  label(pairs: readonly Pair[], options?: AbstainOptions): Promise<readonly (LabeledPreference | null)[]>;
}
