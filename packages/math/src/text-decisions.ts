import type { Decisions, TextBatch, TextObservations, TokenSequence } from "@accord-rl/core";
import { InvalidArgumentError } from "@accord-rl/core";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { padSequences } from "./pad-sequences.ts";

export interface TextLayout {
  /** P; default: the longest prompt. */
  readonly promptLength?: number;
  /** T; default: the longest response. */
  readonly responseLength?: number;
}

/** Prompts padded on the left, responses on the right: what a text policy evaluates. mask [B, T], 1 = a real token. */
export const promptsAndResponses = (
  prompts: readonly TokenSequence[],
  responses: readonly TokenSequence[],
  { promptLength, responseLength }: TextLayout = {},
): Decisions<TextObservations> & { mask: Tensor2D } =>
  tf.tidy(() => {
    const left = padSequences(prompts, { side: "left", ...(promptLength && { length: promptLength }) });
    const right = padSequences(responses, {
      side: "right",
      ...(responseLength && { length: responseLength }),
    });
    return {
      observations: {
        tokenIds: tf.concat([left.tokenIds, right.tokenIds], 1), // [B, P + T]
        tokenMask: tf.concat([left.tokenMask, right.tokenMask], 1), // [B, P + T]
      },
      actions: right.tokenIds, // [B, T]
      mask: right.tokenMask, // [B, T]
    };
  });

/**
 * Lays supervised text out as a policy sees it: what comes before the completion stands as the prompt, the completion
 * as the actions. What PPO's `sftMix` takes.
 *
 * @returns tensors that the caller owns; mask [B, T] holds each example's weight where it has a token.
 * @throws InvalidArgumentError for an empty batch, or an example without a completion.
 */
export const textDecisions = (
  batch: TextBatch,
  layout?: TextLayout,
): Decisions<TextObservations> & { mask: Tensor2D } => {
  const parts = batch.map(({ tokens, completionStart }, index) => {
    const start = Math.max(1, completionStart);
    if (!Number.isSafeInteger(completionStart) || start >= tokens.length) {
      const message = `textDecisions: example ${index} has ${tokens.length} tokens and completionStart ${completionStart}, expected at least one token from there on, after the first`;
      throw new InvalidArgumentError({ argument: "batch", value: completionStart, message });
    }
    const all = Array.from(tokens);
    return { prompt: all.slice(0, start), completion: all.slice(start) };
  });
  return tf.tidy(() => {
    const { mask, ...decisions } = promptsAndResponses(
      parts.map(({ prompt }) => prompt),
      parts.map(({ completion }) => completion),
      layout,
    );
    const weights = tf.tensor2d(batch.map(({ weight = 1 }) => [weight])); // [B, 1]
    return { ...decisions, mask: tf.mul(mask, weights) as Tensor2D };
  });
};
