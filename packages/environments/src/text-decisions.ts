import type { Decisions, TextBatch, TextObservations } from "@accord-rl/core";
import { InvalidArgumentError } from "@accord-rl/core";
import { padSequences } from "@accord-rl/math";
import * as tf from "@tensorflow/tfjs-core";

/**
 * Lays supervised text out as a policy sees it: what comes before the completion stands as the prompt, the completion
 * as the actions. What PPO's `sftMix` takes.
 *
 * @returns tensors that the caller owns; mask [B, T] holds each example's weight where it has a token.
 * @throws InvalidArgumentError for an empty batch, or an example without a completion.
 */
export const textDecisions = (batch: TextBatch): Decisions<TextObservations> & { mask: tf.Tensor2D } => {
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
    const left = padSequences(
      parts.map(({ prompt }) => prompt),
      { side: "left" },
    );
    const right = padSequences(
      parts.map(({ completion }) => completion),
      { side: "right" },
    );
    const weights = tf.tensor2d(batch.map(({ weight = 1 }) => [weight])); // [B, 1]
    return {
      observations: {
        tokenIds: tf.concat([left.tokenIds, right.tokenIds], 1), // [B, P + T]
        tokenMask: tf.concat([left.tokenMask, right.tokenMask], 1), // [B, P + T]
      },
      actions: right.tokenIds.clone(), // [B, T]
      mask: tf.mul(right.tokenMask, weights) as tf.Tensor2D, // [B, T]
    };
  });
};
