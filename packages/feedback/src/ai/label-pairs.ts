import {
  type AbstainOptions,
  type Abstention,
  type LabeledPreference,
  refuse,
  requireCount,
} from "@accord-rl/core";
import { mapConcurrently } from "../models/concurrency.ts";
import { isRefusal } from "../models/refusals.ts";

import { countReasons } from "./abstention.ts";

export interface LabelingProgress {
  readonly done: number;
  readonly total: number;
  readonly abstained: number;
}

/** A pair that was left out, and why. */
export interface LabelingFailure {
  readonly index: number;
  readonly error: unknown;
}

export interface LabelPairsOptions<Pair, Label> {
  readonly labeler: {
    label(pairs: readonly Pair[], options?: AbstainOptions): Promise<readonly (Label | null)[]>;
  };
  readonly pairs: readonly Pair[];
  /** Pairs in one call of the labeler. Default 1. */
  readonly batchSize?: number;
  /** Calls at a time. Default 4. */
  readonly concurrency?: number;
  readonly onProgress?: (progress: LabelingProgress) => void;
  /** Once aborted nothing new begins; what runs is waited for and kept, then `labelPairs` throws the signal's reason. */
  readonly signal?: AbortSignal;
  /** Errors that cost only their own pair its label. Default: the model refuses a conversation, as too long for example. */
  readonly isSkippable?: (error: unknown) => boolean;
}

export interface Labeling<Label> {
  /** One per pair, in order; null = the labeler abstained, or `failures` says why there is none. */
  readonly labels: readonly (Label | null)[];
  /** Pairs on which the labeler abstained of itself. */
  readonly abstained: number;
  /** Why it abstained, with the number of pairs, as far as the labeler says so. */
  readonly reasons: Readonly<Record<string, number>>;
  /** Pairs that its model refused, in order. */
  readonly failures: readonly LabelingFailure[];
}

/**
 * Labels pairs, several calls at a time. Stopping it, or killing it, loses nothing where the labeler keeps its model's
 * answers in a cache: the next run asks only for what is missing.
 *
 * @throws what the labeler throws, unless it is skippable; the signal's reason once it is aborted.
 */
export const labelPairs = async <Pair, Label = LabeledPreference>({
  labeler,
  pairs,
  batchSize = 1,
  concurrency = 4,
  onProgress,
  signal,
  isSkippable = isRefusal,
}: LabelPairsOptions<Pair, Label>): Promise<Labeling<Label>> => {
  requireCount("labelPairs", "batchSize", batchSize);
  requireCount("labelPairs", "concurrency", concurrency);
  const labels = new Array<Label | null>(pairs.length).fill(null);
  const abstentions = new Map<number, Abstention>();
  const failed = new Map<number, unknown>();
  let [done, without] = [0, 0];

  /** Where a batch fails for the sake of one pair, the others still get their labels. */
  const labelBatch = async (indices: readonly number[]): Promise<void> => {
    try {
      const onAbstain = (at: number, abstention: Abstention) => {
        const index = indices[at]!;
        if (abstention.error === undefined) abstentions.set(index, abstention);
        else failed.set(index, abstention.error);
      };
      const given = await labeler.label(
        indices.map((index) => pairs[index]!),
        { onAbstain },
      );
      if (given.length !== indices.length) {
        refuse(
          "labelPairs",
          "labeler",
          `a labeler that gave ${given.length} labels`,
          `${indices.length}, one per pair`,
        );
      }
      indices.forEach((index, at) => {
        labels[index] = given[at]!;
      });
    } catch (error) {
      if (!isSkippable(error)) throw error;
      if (indices.length === 1) failed.set(indices[0]!, error);
      else for (const index of indices) await labelBatch([index]);
    }
  };

  const batches = Array.from({ length: Math.ceil(pairs.length / batchSize) }, (_, i) =>
    pairs.slice(i * batchSize, (i + 1) * batchSize).map((_, at) => i * batchSize + at),
  );
  await mapConcurrently(batches, {
    width: concurrency,
    signal,
    work: async (indices) => {
      await labelBatch(indices);
      done += indices.length;
      without += indices.filter((index) => labels[index] === null && !failed.has(index)).length;
      onProgress?.({ done, total: pairs.length, abstained: without });
    },
  });
  const failures = [...failed].map(([index, error]) => ({ index, error })).sort((a, b) => a.index - b.index);
  const reasons = countReasons([...abstentions.values()].map(({ reason }) => reason));
  return { labels, abstained: without, reasons, failures };
};
