import type { Tensor, Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import type { Trainable } from "./policy.ts";
import type { Random } from "./random.ts";
import type { Disposable, Stateful } from "./stateful.ts";

/** Token ids of one text, unpadded. Ids travel as ids: text is never tokenized again between sampling and learning. */
export type TokenSequence = ArrayLike<number>;

export interface Tokenizer {
  readonly vocabularySize: number;
  /** Text that begins a document; null where the model has no such token. */
  readonly beginToken: number | null;
  /** Ends a document; null where the model has no such token. */
  readonly endToken: number | null;
  /** Adds no special tokens; special tokens inside the text stay text. */
  encode(text: string): number[];
  decode(tokens: TokenSequence): string;
}

/** A stack of layers that turns tokens into vectors: what a reward or value model is built on. */
export interface Backbone extends Trainable, Stateful, Disposable {
  /** D. */
  readonly width: number;
  readonly contextLength: number;
  /**
   * @param tokenIds  [B, L] int32, padded on either side.
   * @param tokenMask [B, L] float32, 1 = a real token; positions count real tokens only.
   * @returns [B, L, D]. Gradient flows to the parameters. The caller owns it.
   */
  hidden(tokenIds: Tensor2D, tokenMask: Tensor2D): Tensor3D;
  /** A copy with its own parameters. */
  clone(): Backbone;
}

/** A backbone with an output layer over the vocabulary. */
export interface LanguageModel extends Backbone {
  /** V. */
  readonly vocabularySize: number;
  /** @param hidden [..., D]. @returns [..., V] unnormalised log-probabilities at temperature 1. */
  logits(hidden: Tensor): Tensor;
  clone(): LanguageModel;
}

export interface GenerateOptions {
  readonly maxNewTokens: number;
  readonly random: Random;
  /** Take the most likely token instead of sampling. */
  readonly greedy?: boolean;
  /** Sample among the k most likely tokens. Refused for learning: DESIGN, "one distribution". */
  readonly topK?: number;
  /** Sample among the fewest tokens whose probability reaches p. Refused for learning. */
  readonly topP?: number;
  /** Called after each step with its tokens, one per prompt, −1 for those that have ended; for streaming. */
  readonly onStep?: (step: { readonly index: number; readonly tokens: Int32Array }) => void;
}

export interface Generation {
  /** B responses, without padding; a stop token that ended one is its last token. */
  readonly responses: readonly Int32Array[];
  /** B × length: log-probability of each token under the distribution that was sampled. */
  readonly logProbs: readonly Float32Array[];
  /** B: ended by a stop token rather than by the length limit. */
  readonly finished: readonly boolean[];
  /** False when greedy, top-k or top-p cut the distribution: such a generation can't be learned from. */
  readonly isFullDistribution: boolean;
  /** Counts the updates of the policy that sampled. */
  readonly policyVersion: number;
}

/** Something that continues prompts: the policy itself, or a remote engine that returns token ids and log-probs. */
export interface TextActor {
  generate(prompts: readonly TokenSequence[], options: GenerateOptions): Promise<Generation>;
}

/**
 * Changes what a language model would say: values that steer its decoding, for example. It becomes part of the policy's
 * distribution, in sampling and in scoring alike.
 *
 * @param options.logits  [..., V] of the model, at temperature 1. @param options.hidden [..., D] what they come from.
 * @returns [..., V] unnormalised log-probabilities at temperature 1, owned by the caller.
 */
export type LogitsGuide = (options: { readonly logits: Tensor; readonly hidden: Tensor }) => Tensor;

/** One prompt with a response to it, as reward sources and judges see it. */
export interface TextSample {
  readonly prompt: string;
  readonly response: string;
  readonly promptTokens: TokenSequence;
  readonly responseTokens: TokenSequence;
  /** The response ended by itself rather than at the length limit. */
  readonly finished: boolean;
}

/** One turn of a conversation, as text: special tokens and templates inside `content` are nothing but text. */
export interface ChatMessage {
  readonly role: "system" | "user" | "assistant";
  readonly content: string;
}

/** Turns in order. Where the last one is the assistant's, it is the beginning of the answer, and the model continues it. */
export type Conversation = readonly ChatMessage[];

/** What a model answered, and what it cost. */
export interface Completion {
  readonly text: string;
  /** Ended by itself rather than at the length limit. */
  readonly finished: boolean;
  readonly inputTokens?: number;
  readonly outputTokens?: number;
}

export interface CompleteOptions {
  readonly maxNewTokens: number;
  /** Samples at temperature 1; without it the most likely token is taken. */
  readonly random?: Random;
}

/** Tokens that a model read and wrote for one answer. */
export interface TokenUsage {
  readonly inputTokens: number;
  readonly outputTokens: number;
}

export interface ScoreOptions {
  /** Told what the scores of the conversation with this index cost, by models that know. */
  readonly onUsage?: (index: number, usage: TokenUsage) => void;
}

/** What a labeler needs of a model: our own policy, a local engine, or a server. */
export interface TextModel {
  /** Names model and settings: what is cached from it is kept under this name. */
  readonly name: string;
  /** One completion per conversation, in order. */
  complete(conversations: readonly Conversation[], options: CompleteOptions): Promise<readonly Completion[]>;
  /**
   * Σ log p(candidate | conversation) in nats, for each conversation and candidate; absent where the model can't tell.
   * A server that reports only its most likely tokens gives −∞ for the others.
   */
  scoreCandidates?(
    conversations: readonly Conversation[],
    candidates: readonly string[],
    options?: ScoreOptions,
  ): Promise<readonly (readonly number[])[]>;
}
