import type {
  ActionEvaluation,
  KlRegularizer,
  Observations,
  Policy,
  ReferenceEvaluation,
  ValueFunction,
} from "@accord-rl/core";
import type { LossAndAuxiliary, Scalars } from "@accord-rl/math";
import type { Scalar, Tensor, Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { type Batch, type Columns, decisionsOf, type MicroBatch } from "./batch.ts";
import type { CommonOptions } from "./options.ts";
import { ratioDeviation } from "./ratios.ts";

/** What the policy and the value function say now, with gradient; values are 0 where there is no value function. */
export type Evaluation = ActionEvaluation & {
  /** [n, T]. */
  readonly values: Tensor2D;
};

/** An algorithm's own part of the loss, per token; all [n, T], unreduced. */
export interface LossTerms {
  readonly policyLoss: Tensor2D;
  /** Multiplied by c_v. */
  readonly valueLoss?: Tensor2D;
  /** Logged as means over tokens. */
  readonly metrics?: Readonly<Record<string, Tensor2D>>;
}

/** @param numbers  among them those that `PolicyGradientMethod.scheduled` names, as they stand now. */
export type Loss = (now: Evaluation, columns: Columns, numbers: Scalars) => LossTerms;

export interface ObjectiveParts<Obs extends Observations> {
  readonly policy: Policy<Obs>;
  readonly values?: ValueFunction<Obs> | undefined;
  /** Only where it stands in the loss. */
  readonly lossRegularizer?: KlRegularizer<Obs> | undefined;
  readonly loss: Loss;
  readonly options: Pick<CommonOptions, "valueCoefficient" | "entropyCoefficient">;
}

/** Sums over a micro-batch; those of a minibatch's micro-batches add up to the minibatch's. */
export type ObjectiveSums = {
  readonly [name: string]: Tensor;
  readonly policyLoss: Scalar;
  /** [M] max |ρ − 1| at this micro-batch's place. */
  readonly deviations: Tensor1D;
};

const weighted = (perToken: Tensor2D, weights: Tensor2D): Scalar => tf.sum(tf.mul(perToken, weights));

const referenceOf = <Obs extends Observations>({
  referenceLogProbs,
  referenceDistribution,
}: Batch<Obs>["columns"]): ReferenceEvaluation =>
  ({
    logProbs: referenceLogProbs,
    ...(referenceDistribution && { distribution: referenceDistribution }),
  }) as ReferenceEvaluation;

/**
 * What is minimised.
 *
 *   L = Σ w·(policyLoss + c_v·valueLoss + β·kl − c_e·entropy)
 *
 * w are the aggregation's weights; the KL term is there where the regularizer stands in the loss, with β =
 * `numbers.klCoefficient`.
 */
export const objective = <Obs extends Observations>(
  { policy, values: valueFunction, lossRegularizer, loss, options }: ObjectiveParts<Obs>,
  micro: MicroBatch<Obs>,
  numbers: Scalars,
): LossAndAuxiliary<ObjectiveSums> => {
  const { weights, share, slot } = micro;
  const columns: Batch<Obs>["columns"] = micro.columns;
  const { valueCoefficient, entropyCoefficient } = options;
  const decisions = decisionsOf(micro);
  const needsEntropy = entropyCoefficient > 0;
  const request = { ...lossRegularizer?.request, ...(needsEntropy && { entropy: true }) };

  const now: Evaluation = valueFunction?.evaluateJointly?.(decisions, request) ?? {
    ...policy.evaluate(decisions, request),
    values: valueFunction?.values(decisions) ?? columns.oldValues,
  };
  const terms = loss(now, columns, numbers);
  const { importance } = columns;
  const policyLoss = weighted(importance ? tf.mul(terms.policyLoss, importance) : terms.policyLoss, weights);
  const valueLoss = terms.valueLoss && weighted(terms.valueLoss, weights);

  const summands: Tensor[] = [policyLoss];
  if (valueLoss) summands.push(tf.mul(valueLoss, valueCoefficient));
  if (now.entropy && needsEntropy) {
    summands.push(tf.mul(weighted(now.entropy, weights), -entropyCoefficient));
  }
  if (lossRegularizer && numbers.klCoefficient) {
    const { behaviourLogProbs } = columns;
    const penalty = lossRegularizer.penalty({
      policy: now,
      reference: referenceOf(columns),
      behaviourLogProbs,
    });
    summands.push(tf.mul(weighted(penalty, weights), numbers.klCoefficient));
  }
  const { logProbs } = now;
  const { oldLogProbs, mask } = columns;
  const metrics = Object.entries(terms.metrics ?? {}).map(([name, perToken]) => [
    name,
    weighted(perToken, share),
  ]);
  return {
    loss: tf.addN(summands) as Scalar,
    auxiliary: {
      policyLoss,
      ...(valueLoss && { valueLoss }),
      ...(Object.fromEntries(metrics) as Record<string, Scalar>),
      deviations: tf.mul(slot, tf.max(tf.mul(ratioDeviation({ logProbs, oldLogProbs }), mask))),
      ...(now.entropy && needsEntropy && { entropy: weighted(now.entropy, share) }),
    },
  };
};
