import type { Observations, Policy, Rollout, ValueFunction } from "@accord-rl/core";
import { continues, type LossAndAuxiliary, shiftLeft } from "@accord-rl/math";
import type { Scalar, Tensor, Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { pathConsistency, pathsOf } from "./path-consistency.ts";
import { segmentWeights } from "./segments.ts";
import type { SoftQOptions } from "./soft-q-options.ts";

/** What soft Q-learning learns from, sequence by sequence; [N, T] each. */
export type SoftQColumns = Pick<
  Rollout,
  "actions" | "rewards" | "valid" | "mask" | "terminated" | "truncated"
> & {
  readonly referenceLogProbs: Tensor2D;
};

/** One optimizer step's sequences, or a part of them. */
export interface SoftQBatch<Obs extends Observations> {
  readonly observations: Obs;
  readonly columns: SoftQColumns;
  /** [N, T] V of each step's successor: the target's, or where a trajectory is cut the values' own. No gradient. */
  readonly nextValues: Tensor2D;
  /** [N, T] rows of the aggregation's weights. */
  readonly weights: Tensor2D;
  /** [N, T] mask / Σ mask over the whole step, for metrics. */
  readonly share: Tensor2D;
}

/** Sums over a micro-batch; those of a step's micro-batches add up to the step's. */
export type SoftQSums = {
  readonly [name: string]: Scalar;
  readonly inconsistency: Scalar;
  readonly valueMean: Scalar;
};

export interface SoftQObjectiveParts<Obs extends Observations> {
  readonly policy: Policy<Obs>;
  readonly values: ValueFunction<Obs>;
  /** Whether `nextValues` are a target's. */
  readonly hasTarget: boolean;
  readonly beta: number;
  readonly options: SoftQOptions;
}

/** V of the successors: with gradient, but where a trajectory is cut. */
const ownNextValues = (values: Tensor2D, columns: SoftQColumns, nextValues: Tensor2D): Tensor2D => {
  const goesOn = continues(columns);
  return tf.add(tf.mul(goesOn, shiftLeft(values, 1)), tf.mul(tf.sub(1, goesOn), nextValues));
};

/**
 * What soft Q-learning minimises.
 *
 *   L = Σ_i w_i·Σ_j u_ij·loss(C(i, j))
 *
 * C is the inconsistency of the path from s_i to the successor of s_j, u the segments' weights, w the aggregation's.
 */
export const softQObjective = <Obs extends Observations>(
  { policy, values: valueFunction, hasTarget, beta, options }: SoftQObjectiveParts<Obs>,
  { observations, columns, nextValues, weights, share }: SoftQBatch<Obs>,
): LossAndAuxiliary<SoftQSums> => {
  const { discount, segments, loss: lossOf } = options;
  const decisions = { observations, actions: columns.actions };
  const { logProbs, values } = valueFunction.evaluateJointly?.(decisions) ?? {
    ...policy.evaluate(decisions),
    values: valueFunction.values(decisions),
  };
  const paths = pathsOf(columns);
  const errors = pathConsistency(
    {
      ...columns,
      values,
      nextValues: hasTarget ? nextValues : ownNextValues(values, columns, nextValues),
      logRatios: tf.sub(logProbs, columns.referenceLogProbs),
    },
    paths,
    { beta, discount },
  ); // [N, T, T]
  const choice = segmentWeights(segments, paths); // [N, T, T]
  const perStart = (x: Tensor): Tensor => tf.sum(tf.mul(x, choice), 2); // [N, T]
  const losses = perStart(lossOf(errors, tf.zerosLike(errors)));
  return {
    loss: tf.sum(tf.mul(losses, weights)),
    auxiliary: {
      inconsistency: tf.sum(tf.mul(perStart(tf.abs(errors)), share)),
      valueMean: tf.sum(tf.mul(values, share)),
    },
  };
};
