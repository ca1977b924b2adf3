import { InvalidArgumentError } from "@accord-rl/core";
import type { Scalar, Tensor, Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { checkShape } from "./check-shape.ts";

/**
 * How per-token losses become one number: weights [B, T] with loss = Σ perToken · weights.
 *
 * Computed on the WHOLE minibatch, so that micro-batches only take rows of the weights and their gradients add up
 * to the minibatch's. All weights are 0 under a mask that is all zero.
 */
export type LossAggregation = (mask: Tensor2D) => Tensor2D;

/**
 * One under which every sequence counts the same, whatever its length: each row of the weights with a counted token has
 * the same sum. Losses that are of whole sequences, repeated at each token, need one.
 */
export interface SequenceAggregation extends LossAggregation {
  readonly level: "sequence";
}

/** x, or 1 where x is 0: a denominator. */
const nonZero = (x: Tensor): Tensor => tf.where(tf.greater(x, 0), x, tf.onesLike(x));

/** The number of sequences with at least one counted token: those without take no part. */
const sequenceCount = (lengths: Tensor): Tensor =>
  nonZero(tf.sum(tf.cast(tf.greater(lengths, 0), "float32")));

const aggregation =
  (where: string, weigh: (mask: Tensor2D) => Tensor): LossAggregation =>
  (mask) => {
    checkShape(where, "mask", mask, ["B", "T"]);
    return tf.tidy(() => weigh(mask) as Tensor2D);
  };

/** Every token counts the same: mask / Σ mask. */
export const tokenMean: LossAggregation = aggregation("tokenMean", (mask) =>
  tf.div(mask, nonZero(tf.sum(mask) as Scalar)),
);

/** Mean over tokens, then over sequences: every sequence counts the same, whatever its length. */
export const sequenceMean: SequenceAggregation = Object.assign(
  aggregation("sequenceMean", (mask) => {
    const lengths = tf.sum(mask, 1, true); // [B, 1]
    return tf.div(mask, tf.mul(nonZero(lengths), sequenceCount(lengths)));
  }),
  { level: "sequence" } as const,
);

/** Sum over tokens, mean over sequences. */
export const sequenceSumMean: LossAggregation = aggregation("sequenceSumMean", (mask) =>
  tf.div(mask, sequenceCount(tf.sum(mask, 1))),
);

/**
 * Sum over tokens divided by a fixed length, mean over sequences: no bias towards short or long responses.
 *
 * @param length  usually the longest response allowed.
 * @see Liu et al. 2025, Understanding R1-Zero-Like Training (Dr. GRPO). https://arxiv.org/abs/2503.20783
 */
export const fixedLengthMean = (length: number): LossAggregation => {
  if (!(length > 0) || !Number.isFinite(length)) {
    throw new InvalidArgumentError({
      argument: "length",
      value: length,
      message: `fixedLengthMean: length is ${length}, expected a number above 0, such as the longest response allowed`,
    });
  }
  return aggregation("fixedLengthMean", (mask) =>
    tf.div(mask, tf.mul(sequenceCount(tf.sum(mask, 1)), length)),
  );
};
