import type {
  KlRegularizer,
  Observations,
  Policy,
  ReferenceEvaluation,
  ValueFunction,
} from "@accord-rl/core";
import type { LossAndAuxiliary } from "@accord-rl/math";
import type { Scalar, Tensor, Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { decisionsOf, type MicroBatch, type PpoBatch } from "./ppo-batch.ts";
import { approximateKl, clippedSurrogate, clippedValueLoss, isClipped, ratioDeviation } from "./ppo-loss.ts";
import type { PpoOptions } from "./ppo-options.ts";

export interface ObjectiveParts<Obs extends Observations> {
  readonly policy: Policy<Obs>;
  readonly values: ValueFunction<Obs>;
  /** Only where it stands in the loss. */
  readonly lossRegularizer?: KlRegularizer<Obs> | undefined;
  readonly options: PpoOptions;
}

/** Sums over a micro-batch; those of a minibatch's micro-batches add up to the minibatch's. */
export type ObjectiveSums = {
  readonly [name: string]: Tensor;
  readonly policyLoss: Scalar;
  readonly valueLoss: Scalar;
  readonly approxKl: Scalar;
  readonly clipFraction: Scalar;
  /** [M] max |ρ − 1| at this micro-batch's place. */
  readonly deviations: Tensor1D;
};

const weighted = (perToken: Tensor2D, weights: Tensor2D): Scalar => tf.sum(tf.mul(perToken, weights));

const referenceOf = <Obs extends Observations>({
  referenceLogProbs,
  referenceDistribution,
}: PpoBatch<Obs>["columns"]): ReferenceEvaluation =>
  ({
    logProbs: referenceLogProbs,
    ...(referenceDistribution && { distribution: referenceDistribution }),
  }) as ReferenceEvaluation;

/**
 * What PPO minimises.
 *
 *   L = Σ w·(surrogate + c_v·valueLoss + β·kl − c_e·entropy)
 *
 * w are the aggregation's weights; the KL term is there where the regularizer stands in the loss.
 */
export const ppoObjective = <Obs extends Observations>(
  { policy, values: valueFunction, lossRegularizer, options }: ObjectiveParts<Obs>,
  micro: MicroBatch<Obs>,
): LossAndAuxiliary<ObjectiveSums> => {
  const { weights, share, slot, klCoefficient } = micro;
  const columns: PpoBatch<Obs>["columns"] = micro.columns;
  const { valueCoefficient, entropyCoefficient, clipEpsilon } = options;
  const { behaviourLogProbs } = columns;
  const decisions = decisionsOf(micro);
  const needsEntropy = entropyCoefficient > 0;
  const request = { ...lossRegularizer?.request, ...(needsEntropy && { entropy: true }) };

  const now = valueFunction.evaluateJointly?.(decisions, request) ?? {
    ...policy.evaluate(decisions, request),
    values: valueFunction.values(decisions),
  };
  const ratio = { ...columns, logProbs: now.logProbs }; // [n, T] each

  const surrogate = clippedSurrogate(ratio, { clipEpsilon, dualClip: options.dualClip ?? undefined });
  const { importance } = columns;
  const policyLoss = weighted(importance ? tf.mul(surrogate, importance) : surrogate, weights);
  const valueLoss = weighted(
    clippedValueLoss(
      { ...columns, values: now.values },
      { valueClipEpsilon: options.valueClipEpsilon ?? undefined },
    ),
    weights,
  );
  const terms: Tensor[] = [policyLoss, tf.mul(valueLoss, valueCoefficient)];
  if (now.entropy && needsEntropy) {
    terms.push(tf.mul(weighted(now.entropy, weights), -entropyCoefficient));
  }
  if (lossRegularizer && klCoefficient) {
    const penalty = lossRegularizer.penalty({
      policy: now,
      reference: referenceOf(columns),
      behaviourLogProbs,
    });
    terms.push(tf.mul(weighted(penalty, weights), klCoefficient));
  }
  return {
    loss: tf.addN(terms) as Scalar,
    auxiliary: {
      policyLoss,
      valueLoss,
      approxKl: weighted(approximateKl(ratio), share),
      clipFraction: weighted(isClipped(ratio, { clipEpsilon }), share),
      deviations: tf.mul(slot, tf.max(tf.mul(ratioDeviation(ratio), columns.mask))),
      ...(now.entropy && needsEntropy && { entropy: weighted(now.entropy, share) }),
    },
  };
};
