import { InvalidArgumentError, type TokenSequence } from "@accord-rl/core";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";

export interface PadOptions {
  /** Where the padding goes: prompts left, responses right. */
  readonly side: "left" | "right";
  /** Columns; default: the longest sequence. */
  readonly length?: number;
  /** What padding holds. Default 0. */
  readonly padToken?: number;
}

/**
 * Puts token sequences of different lengths into one tensor.
 *
 * @returns tokenIds [B, L] int32 and tokenMask [B, L] float32, 1 = a real token.
 * @throws InvalidArgumentError when there is no sequence, or one is longer than `length`.
 */
export const padSequences = (
  sequences: readonly TokenSequence[],
  { side, length, padToken = 0 }: PadOptions,
): { tokenIds: Tensor2D; tokenMask: Tensor2D } => {
  const longest = sequences.reduce((most, sequence) => Math.max(most, sequence.length), 0);
  const columns = length ?? longest;
  if (sequences.length === 0 || longest > columns) {
    throw new InvalidArgumentError({
      argument: sequences.length === 0 ? "sequences" : "length",
      value: sequences.length === 0 ? 0 : columns,
      message:
        sequences.length === 0
          ? "padSequences: got no sequence, expected at least one"
          : `padSequences: the longest sequence has ${longest} tokens, expected at most ${columns}; cut it, or raise length`,
    });
  }
  const ids = new Int32Array(sequences.length * columns).fill(padToken);
  const mask = new Float32Array(sequences.length * columns);
  sequences.forEach((sequence, row) => {
    const start = row * columns + (side === "left" ? columns - sequence.length : 0);
    ids.set(sequence, start);
    mask.fill(1, start, start + sequence.length);
  });
  const shape: [number, number] = [sequences.length, columns];
  return { tokenIds: tf.tensor2d(ids, shape, "int32"), tokenMask: tf.tensor2d(mask, shape) };
};
