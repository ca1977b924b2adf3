import type { Disposable, TokenSequence } from "@accord-rl/core";
import { padSequences } from "@accord-rl/math";
import type { Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import type { Decoder } from "../transformer/decoder.ts";
import type { NamedSampler } from "./named-sampler.ts";

/** Continues a batch of texts, some tokens at each call. */
export interface Writer extends Disposable {
  /** k: tokens that each call writes. */
  readonly tokensPerCall: number;
  /** B: rows, of which those after the prompts' are there for the shape alone. */
  readonly rows: number;
  /**
   * Writes the next k tokens of each text.
   *
   * @param index  how many were written before.
   * @param draws  [k, B] uniform in (0, 1)
   * @returns [2k, B] float32: tokens, and under them their log-probabilities. Ids below 2²⁴ are exact, so that both
   *   come back in one readback. Owned by the caller.
   */
  write(index: number, draws: Tensor2D): Tensor2D;
}

export interface WriterRequest {
  /** At least one, each of at least one token. */
  readonly prompts: readonly TokenSequence[];
  readonly maxNewTokens: number;
  readonly sampler: NamedSampler;
  /** One token at each call, for those who watch. */
  readonly isWatched: boolean;
}

export type StartWriter = (request: WriterRequest) => Writer;

/** [k, B] tokens and [k, B] log-probabilities as the [2k, B] of a writer. */
export const packChoices = (
  choices: readonly { readonly tokens: Tensor1D; readonly logProbs: Tensor1D }[],
): Tensor2D =>
  tf.stack([
    ...choices.map(({ tokens }) => tf.cast(tokens, "float32")),
    ...choices.map(({ logProbs }) => logProbs),
  ]) as Tensor2D;

/** What writes token by token. */
export interface StepwiseParts {
  startDecoder(prompts: { readonly tokenIds: Tensor2D; readonly tokenMask: Tensor2D }): Decoder;
  /** The policy's logits for token `index` of a response. @returns [B, V] */
  logitsAt(decoder: Decoder, index: number): Tensor2D;
}

/** A writer that calls one operation after the other. */
export const createStepwiseWriter =
  ({ startDecoder, logitsAt }: StepwiseParts): StartWriter =>
  ({ prompts, sampler: { sample } }) => {
    const padded = padSequences(prompts, { side: "left" });
    const decoder = startDecoder(padded);
    tf.dispose([padded.tokenIds, padded.tokenMask]);
    let latest: Tensor1D | undefined;
    return {
      tokensPerCall: 1,
      rows: prompts.length,
      write: (index, draws) => {
        if (latest !== undefined) decoder.step(latest);
        latest?.dispose();
        const { tokens, packed } = tf.tidy(() => {
          const choice = sample(logitsAt(decoder, index), tf.reshape(draws, [-1]) as Tensor1D);
          return { tokens: choice.tokens, packed: packChoices([choice]) };
        });
        latest = tf.keep(tokens);
        return packed;
      },
      dispose: () => {
        decoder.dispose();
        latest?.dispose();
      },
    };
  };
