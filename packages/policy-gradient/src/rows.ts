import { InvalidArgumentError, type Rollout } from "@accord-rl/core";
import { checkShape } from "@accord-rl/math";
import type { Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";

/**
 * What one row of a minibatch is. Given a tensor whose rows are sequences, gives the same numbers with the rows that
 * are shuffled and cut into minibatches.
 *
 * @param tensor  [B, T, …], or [B, …] for an observation of whole sequences.
 * @param size    B and T of the rollout.
 */
export type RowLayout = (tensor: Tensor, name: string, size: readonly [B: number, T: number]) => Tensor;

/** A row is a whole sequence: for text, and for policies with a memory. */
export const sequenceRows: RowLayout = (tensor) => tf.clone(tensor);

/**
 * A row is one step: N = B·T rows of length 1, for control with a memoryless policy, as stable-baselines3 cuts its
 * minibatches. Every observation must have B and T as its first two dimensions. Advantages are computed before.
 */
export const stepRows: RowLayout = (tensor, name, [B, T]) => {
  const [, , ...rest] = tensor.shape;
  checkShape("stepRows", name, tensor, [B, T, ...rest], "rows of steps need observations [B, T, …]");
  return tf.reshape(tensor, [B * T, 1, ...rest]); // [N, 1, …]
};

/** Which rows of a batch take part. */
export interface TakingPart {
  /** Of the rows in which at least one step counts; the others (samples that nobody scored) are left out. */
  readonly indices: readonly number[];
  /** N, with the others. */
  readonly rowCount: number;
  /** Sequences that take part. */
  readonly sequences: number;
}

/** @throws InvalidArgumentError when no row takes part. */
export const requireRows = async (
  { mask, actions: { shape } }: Rollout,
  rows: RowLayout,
  name: string,
): Promise<TakingPart> => {
  const laidOut = tf.tidy(() => rows(mask, "mask", shape));
  const counted = await laidOut.data();
  const [rowCount] = laidOut.shape as [number];
  laidOut.dispose();
  const has = (row: number, width: number): boolean =>
    counted.subarray(row * width, (row + 1) * width).some((value) => value !== 0);
  const among = (count: number): number[] =>
    Array.from({ length: count }, (_, row) => row).filter((row) => has(row, counted.length / count));
  const indices = among(rowCount);
  if (indices.length > 0) return { indices, rowCount, sequences: among(shape[0]).length };
  throw new InvalidArgumentError({
    argument: "rollout",
    value: 0,
    message: `${name}.update: no step of the rollout counts (mask is 0 everywhere), expected at least one; did the reward source abstain on every sample?`,
  });
};

/** Whether indices are those of all rows, in order. */
export const isAll = (indices: readonly number[], rowCount: number): boolean =>
  indices.length === rowCount && indices.every((row, place) => row === place);

/** How many sequences to evaluate at once so that no more than `microBatchSize` rows are in memory; null = all. */
export const sequencesAtOnce = (
  { mask, actions: { shape } }: Rollout,
  rows: RowLayout,
  microBatchSize: number | null,
): number | null => {
  if (microBatchSize === null) return null;
  const rowCount = tf.tidy(() => rows(mask, "mask", shape).shape[0] as number);
  return Math.max(1, Math.floor((microBatchSize * shape[0]) / rowCount));
};
