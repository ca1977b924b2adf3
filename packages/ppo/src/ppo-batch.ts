import { type Compile, type Decisions, interpret, type Observations, type Rollout } from "@accord-rl/core";
import { compileTree, gatherRows } from "@accord-rl/math";
import type { Scalar, Tensor, Tensor1D, Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import type { RowLayout } from "./rows.ts";

/** What PPO learns from, row by row; [N, T] each but where said otherwise. N is B, or B·T with rows of steps. */
export interface PpoColumns {
  readonly [name: string]: Tensor;
  /** int32. */
  readonly actions: Tensor2D;
  /** log π_old, the denominator of ρ. */
  readonly oldLogProbs: Tensor2D;
  /** log-probs of the distribution that was sampled. */
  readonly behaviourLogProbs: Tensor2D;
  /** V_old. */
  readonly oldValues: Tensor2D;
  /** Â, whitened. */
  readonly advantages: Tensor2D;
  /** Â + V_old, from the advantages before whitening. */
  readonly returns: Tensor2D;
  readonly mask: Tensor2D;
}

export type PpoBatch<Obs extends Observations> = {
  readonly observations: Obs;
  readonly columns: PpoColumns & {
    /** [N, T] weights of the policy's loss, where the behaviour was not quite the policy. */
    readonly importance?: Tensor2D;
    /** [N, T], and [N, T, A], where the KL stands in the loss. */
    readonly referenceLogProbs?: Tensor2D;
    readonly referenceDistribution?: Tensor3D;
  };
};

/** One optimizer step's part of it, with what only the whole minibatch knows. */
export type MicroBatch<Obs extends Observations> = PpoBatch<Obs> & {
  /** [n, T] rows of the aggregation's weights. */
  readonly weights: Tensor2D;
  /** [n, T] mask / Σ mask over the minibatch, for metrics. */
  readonly share: Tensor2D;
  /** [M] 1 at this micro-batch's place among the M. */
  readonly slot: Tensor1D;
  /** β as it stands now, where the KL stands in the loss. */
  readonly klCoefficient?: Scalar;
};

/** Puts the rows of a batch as the layout wants them. */
export const layOut = <Obs extends Observations>(
  { observations, columns }: PpoBatch<Obs>,
  rows: RowLayout,
): PpoBatch<Obs> => {
  const [B, T] = columns.actions.shape;
  const apply = <R extends Readonly<Record<string, Tensor>>>(tensors: R): R =>
    Object.fromEntries(
      Object.entries(tensors).map(([name, tensor]) => [name, rows(tensor, name, [B, T])]),
    ) as unknown as R;
  return { observations: apply(observations), columns: apply(columns) };
};

export const takeRows = <Obs extends Observations>(
  { observations, columns }: PpoBatch<Obs>,
  indices: readonly number[],
): PpoBatch<Obs> => ({
  observations: gatherRows(observations, indices),
  columns: gatherRows(columns, indices),
});

/** Cuts 0 … count − 1 into `parts` runs whose lengths differ by at most one. */
export const evenParts = (count: number, parts: number): [start: number, end: number][] =>
  Array.from({ length: parts }, (_, part) => [
    Math.floor((part * count) / parts),
    Math.floor(((part + 1) * count) / parts),
  ]);

const sliceRows = <R extends Readonly<Record<string, Tensor>>>(tensors: R, start: number, end: number): R =>
  Object.fromEntries(
    Object.entries(tensors).map(([name, tensor]) => [name, tf.slice(tensor, start, end - start)]),
  ) as unknown as R;

/** Cuts a minibatch into micro-batches of at most `size` rows. */
export function* microBatches<Obs extends Observations>(
  { observations, columns }: PpoBatch<Obs>,
  { weights, share, size }: { weights: Tensor2D; share: Tensor2D; size: number | null },
  klCoefficient?: number,
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
      ...(klCoefficient !== undefined && { klCoefficient: tf.scalar(klCoefficient) }),
    };
  }
}

const rolloutTensors = ["actions", "rewards", "valid", "mask", "terminated", "truncated"] as const;

/** Compiles what is asked of a rollout's tensors. */
export const compileRollout = <Obs extends Observations, R extends object>(
  fn: (rollout: Rollout<Obs>) => R,
  compile: Compile = interpret,
): ((rollout: Rollout<Obs>) => R) => {
  if (compile === interpret) return fn;
  type Tensors = Pick<Rollout<Obs>, "observations" | (typeof rolloutTensors)[number]>;
  const compiled = compileTree(
    (tensors: Tensors) => fn({ ...tensors, policyVersion: 0, extras: {} }),
    compile,
  );
  return ({ observations, actions, rewards, valid, mask, terminated, truncated }) =>
    compiled({ observations, actions, rewards, valid, mask, terminated, truncated });
};

/** Applies a function to a rollout at most `size` sequences at a time, and puts the results together again. */
export const inChunks = <Obs extends Observations, R extends object>(
  rollout: Rollout<Obs>,
  size: number | null,
  fn: (part: Rollout<Obs>) => R,
): R => {
  const B = rollout.actions.shape[0];
  if (size === null || size >= B) return fn(rollout);
  const tensors = Object.fromEntries(rolloutTensors.map((name) => [name, rollout[name]]));
  const parts = evenParts(B, Math.ceil(B / size)).map(([start, end]) =>
    tf.tidy(
      () =>
        fn({
          ...rollout,
          ...sliceRows(tensors, start, end),
          observations: sliceRows(rollout.observations, start, end),
        }) as tf.TensorContainer & R,
    ),
  ) as Record<string, Tensor>[];
  return Object.fromEntries(
    Object.keys(parts[0]!).map((name) => [
      name,
      tf.concat(
        parts.map((part) => part[name]!),
        0,
      ),
    ]),
  ) as R;
};

/** The part that a policy or value function sees. */
export const decisionsOf = <Obs extends Observations>({
  observations,
  columns,
}: PpoBatch<Obs>): Decisions<Obs> => ({ observations, actions: columns.actions });
