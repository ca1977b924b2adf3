import type { Observations, Random } from "@accord-rl/core";
import { type LossAggregation, tokenMean } from "@accord-rl/math";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { type RowTensors, toTensors } from "./rollout-rows.ts";
import { evenParts, rowTensors, type SequenceRow } from "./sequence-rows.ts";

/** `steps` batches of `size` rows: passes over all of them, each in a new order. */
export const drawPasses = (
  rows: readonly SequenceRow[],
  { steps, size, random }: { steps: number; size: number; random: Random },
): (readonly SequenceRow[])[] => {
  if (size >= rows.length) return Array.from({ length: steps }, () => rows);
  let left: readonly SequenceRow[] = [];
  return Array.from({ length: steps }, () => {
    if (left.length < size) left = [...left, ...random.shuffle(rows)];
    const batch = left.slice(0, size);
    left = left.slice(size);
    return batch;
  });
};

/** A part of one optimizer step's sequences, with what only the whole step knows. */
export interface MicroBatch<Obs extends Observations> extends RowTensors<Obs> {
  readonly rows: readonly SequenceRow[];
  /** [n, T] rows of the aggregation's weights. */
  readonly weights: Tensor2D;
  /** [n, T] mask / Σ mask over the whole step, for metrics. */
  readonly share: Tensor2D;
}

/** One step's sequences, at most `microBatchSize` at a time. Call it inside a tidy. */
export function* microBatches<Obs extends Observations>(
  rows: readonly SequenceRow[],
  { aggregation, microBatchSize }: { aggregation: LossAggregation; microBatchSize: number | null },
): Generator<MicroBatch<Obs>> {
  const { mask } = rowTensors(rows.map((row) => ({ mask: row.mask! }))) as { mask: Tensor2D };
  const [weights, share] = [aggregation(mask), tokenMean(mask)];
  for (const [start, end] of evenParts(rows.length, microBatchSize)) {
    const part = rows.slice(start, end);
    yield {
      rows: part,
      ...toTensors<Obs>(part),
      weights: tf.slice(weights, start, end - start),
      share: tf.slice(share, start, end - start),
    };
  }
}
