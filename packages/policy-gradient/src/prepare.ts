import type { Observations, Policy, Rollout } from "@accord-rl/core";
import { type AdvantageInputs, type Packed, pack, type Scalars, whiten } from "@accord-rl/math";
import type { Scalar, Tensor, Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { type Batch, layOut } from "./batch.ts";
import { type SampledRollout, truncatedImportance } from "./behaviour.ts";
import { compileRollout, inChunks } from "./chunks.ts";
import { batchMetrics, shapeRewards } from "./estimates.ts";
import type { CommonOptions } from "./options.ts";
import type { PolicyGradientParts } from "./parts.ts";
import { type RowLayout, sequencesAtOnce } from "./rows.ts";

/** A rollout with shaped rewards, V(s_t) and V(s_{t+1}); both are 0 where there is no value function. */
export type EstimateInputs<R extends Rollout = Rollout> = Omit<R, "rewards" | "behaviourLogProbs"> &
  AdvantageInputs &
  Pick<SampledRollout<Observations>, "behaviourLogProbs">;

export interface Estimates {
  /** [B, T] Â, before whitening. */
  readonly advantages: Tensor2D;
  /** [B, T] what the values are to become. */
  readonly returns: Tensor2D;
}

export type Estimate<R extends Rollout = Rollout> = (batch: EstimateInputs<R>) => Estimates;

/** A batch to learn from, with the numbers to log of it; `finite`, which is 0, is there for the check alone. */
export type Prepared<Obs extends Observations> = Batch<Obs> & { readonly metrics: Packed };

/**
 * Works out, without gradient, everything that stays fixed while a rollout is learned from.
 *
 * @param numbers.klCoefficient  β, where there is a regularizer.
 */
export type Prepare<Obs extends Observations, R extends Rollout<Obs>> = (
  rollout: R & SampledRollout<Obs>,
  numbers: Scalars,
) => Prepared<Obs>;

/** 0, or NaN where a number is NaN or infinite: a loss that clips it to a number would hide it. */
const finiteSum = (tensors: readonly Tensor[]): Scalar => {
  const floats = tensors.filter(({ dtype }) => dtype === "float32");
  return tf.addN(floats.map((tensor) => tf.sum(tf.mul(tensor, 0)))) as Scalar;
};

export const createPrepare = <Obs extends Observations, R extends Rollout<Obs>>({
  name,
  parts: { policy, values: valueFunction, regularizer, compile },
  rows,
  estimate,
  options: { whitening, microBatchSize, scaleRewards, behaviourMismatch },
}: {
  readonly name: string;
  readonly parts: PolicyGradientParts<Obs, Policy<Obs>>;
  readonly rows: RowLayout;
  readonly estimate: Estimate<R>;
  readonly options: CommonOptions;
}): Prepare<Obs, R> => {
  const valuesOf =
    valueFunction &&
    compileRollout((part: Rollout<Obs>) => valueFunction.valuesAndNext(part), compile, `${name}.values`);
  const logProbsOf =
    behaviourMismatch === "warn-and-truncate"
      ? compileRollout((part: Rollout<Obs>) => policy.evaluate(part), compile, `${name}.logProbs`)
      : undefined;
  const referenceOf =
    regularizer &&
    compileRollout((part: Rollout<Obs>) => regularizer.evaluateReference(part), compile, `${name}.reference`);
  const isInLoss = regularizer?.placement === "loss";

  return (given, { klCoefficient }) => {
    const { actions, mask, behaviourLogProbs, observations } = given;
    const inParts = <T extends object>(fn: (part: Rollout<Obs>) => T): T =>
      inChunks(given, sequencesAtOnce(given, rows, microBatchSize), fn);

    const known = valuesOf && inParts(valuesOf); // [B, T]
    const values = known?.values ?? (tf.zeros(mask.shape) as Tensor2D);
    const nextValues = known?.nextValues ?? values;
    const reference = referenceOf && inParts(referenceOf); // [B, T]
    const local = logProbsOf && inParts(logProbsOf); // [B, T]
    const rewards = shapeRewards(given, regularizer, reference, { klCoefficient, scaleRewards }); // [B, T]
    const { advantages, returns } = estimate({ ...given, behaviourLogProbs, rewards, values, nextValues });
    const whitened =
      whitening && whitening.scope !== "minibatch" ? whiten(advantages, mask, whitening) : advantages;
    const correction = local && truncatedImportance(local.logProbs, given);

    const columns = {
      actions,
      mask,
      behaviourLogProbs,
      oldLogProbs: local?.logProbs ?? behaviourLogProbs,
      oldValues: values,
      advantages: whitened,
      returns,
      ...(correction && { importance: correction.weights }),
      ...(isInLoss && reference && { referenceLogProbs: reference.logProbs }),
      ...(isInLoss && reference?.distribution && { referenceDistribution: reference.distribution }),
    } as Batch<Obs>["columns"];
    const metrics: Record<string, Scalar> = {
      finite: finiteSum([given.rewards, behaviourLogProbs, ...Object.values(observations)]),
      ...batchMetrics({ rollout: given, reference, values: known?.values, advantages, returns }),
      ...(correction && { ratioDeviation: correction.deviation }),
    };
    return { ...layOut({ observations, columns }, rows), metrics: pack(metrics) };
  };
};
