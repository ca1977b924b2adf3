import type { Decisions, Observations } from "@accord-rl/core";
import { gatherRows } from "@accord-rl/math";
import type { Tensor, Tensor1D, Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import type { RowLayout } from "./rows.ts";

/** What a policy learns from, row by row; [N, T] each but where said otherwise. N is B, or B·T with rows of steps. */
export interface Columns {
  readonly [name: string]: Tensor;
  /** int32. */
  readonly actions: Tensor2D;
  /** log π_old, the denominator of ρ. */
  readonly oldLogProbs: Tensor2D;
  /** log-probs of the distribution that was sampled. */
  readonly behaviourLogProbs: Tensor2D;
  /** V_old; 0 where there is no value function. */
  readonly oldValues: Tensor2D;
  /** Â, as learned from. */
  readonly advantages: Tensor2D;
  /** What the values are to become. */
  readonly returns: Tensor2D;
  readonly mask: Tensor2D;
}

export type Batch<Obs extends Observations> = {
  readonly observations: Obs;
  readonly columns: Columns & {
    /** [N, T] weights of the policy's loss, where the behaviour was not quite the policy. */
    readonly importance?: Tensor2D;
    /** [N, T], and [N, T, A], where the KL stands in the loss. */
    readonly referenceLogProbs?: Tensor2D;
    readonly referenceDistribution?: Tensor3D;
  };
};

/** One optimizer step's part of it, with what only the whole minibatch knows. */
export type MicroBatch<Obs extends Observations> = Batch<Obs> & {
  /** [n, T] rows of the aggregation's weights. */
  readonly weights: Tensor2D;
  /** [n, T] mask / Σ mask over the minibatch, for metrics. */
  readonly share: Tensor2D;
  /** [M] 1 at this micro-batch's place among the M. */
  readonly slot: Tensor1D;
};

/** Puts the rows of a batch as the layout wants them. */
export const layOut = <Obs extends Observations>(
  { observations, columns }: Batch<Obs>,
  rows: RowLayout,
): Batch<Obs> => {
  const [B, T] = columns.actions.shape;
  const apply = <R extends Readonly<Record<string, Tensor>>>(tensors: R): R =>
    Object.fromEntries(
      Object.entries(tensors).map(([name, tensor]) => [name, rows(tensor, name, [B, T])]),
    ) as unknown as R;
  return { observations: apply(observations), columns: apply(columns) };
};

export const takeRows = <Obs extends Observations>(
  { observations, columns }: Batch<Obs>,
  indices: Tensor1D,
): Batch<Obs> => ({
  observations: gatherRows(observations, indices),
  columns: gatherRows(columns, indices),
});

/** Cuts 0 … count − 1 into `parts` runs whose lengths differ by at most one. */
export const evenParts = (count: number, parts: number): [start: number, end: number][] =>
  Array.from({ length: parts }, (_, part) => [
    Math.floor((part * count) / parts),
    Math.floor(((part + 1) * count) / parts),
  ]);

/** Some rows; the tensors themselves, where that is all of them. */
export const sliceRows = <R extends Readonly<Record<string, Tensor>>>(
  tensors: R,
  start: number,
  end: number,
): R =>
  Object.fromEntries(
    Object.entries(tensors).map(([name, tensor]) => [
      name,
      end - start === tensor.shape[0] ? tensor : tf.slice(tensor, start, end - start),
    ]),
  ) as unknown as R;

/** Cuts a minibatch into micro-batches of at most `size` rows. */
export function* microBatches<Obs extends Observations>(
  { observations, columns }: Batch<Obs>,
  { weights, share, size }: { weights: Tensor2D; share: Tensor2D; size: number | null },
): Generator<MicroBatch<Obs>> {
  const rows = weights.shape[0];
  const count = Math.ceil(rows / (size ?? rows));
  for (const [place, [start, end]] of evenParts(rows, count).entries()) {
    const cut = sliceRows({ weights, share }, start, end);
    yield {
      observations: sliceRows(observations, start, end),
      columns: sliceRows(columns, start, end),
      ...cut,
      slot: tf.tensor1d(Array.from({ length: count }, (_, i) => Number(i === place))),
    };
  }
}

/** The part that a policy or value function sees. */
export const decisionsOf = <Obs extends Observations>({
  observations,
  columns,
}: Batch<Obs>): Decisions<Obs> => ({ observations, actions: columns.actions });
