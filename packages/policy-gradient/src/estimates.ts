import type { KlRegularizer, Observations, ReferenceEvaluation, Rollout } from "@accord-rl/core";
import { maskedMean, scaleToUnitVariance } from "@accord-rl/math";
import type { Scalar, Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";

/**
 * The rewards that are maximised: r − β·k1 at each token of the policy, where the regularizer stands in the reward.
 *
 * @returns [B, T].
 */
export const shapeRewards = <Obs extends Observations>(
  { rewards, mask, valid, behaviourLogProbs }: Rollout<Obs> & { readonly behaviourLogProbs: Tensor2D },
  regularizer: KlRegularizer<Obs> | undefined,
  reference: ReferenceEvaluation | undefined,
  {
    klCoefficient,
    scaleRewards,
  }: { readonly klCoefficient: Scalar | undefined; readonly scaleRewards: boolean },
): Tensor2D =>
  tf.tidy(() => {
    let shaped: Tensor2D = rewards;
    if (regularizer?.placement === "reward" && reference && klCoefficient) {
      const policy = { logProbs: behaviourLogProbs };
      const penalty = regularizer.penalty({ policy, reference, behaviourLogProbs }); // [B, T]
      shaped = tf.sub(rewards, tf.mul(tf.mul(penalty, mask), klCoefficient));
    }
    if (!scaleRewards) return tf.clone(shaped);
    // A tool's steps carry rewards too; samples that take no part carry none.
    const counted = tf.mul(valid, tf.max(mask, 1, true)) as Tensor2D; // [B, T]
    return scaleToUnitVariance(shaped, counted);
  });

const variance = (x: Tensor2D, mask: Tensor2D): Scalar =>
  maskedMean(tf.square(tf.sub(x, maskedMean(x, mask))) as Tensor2D, mask);

/** Mean over the sequences that take part of the sum over their steps. */
const sequenceSum = (x: Tensor2D, counted: Tensor2D, mask: Tensor2D): Scalar =>
  tf.tidy(() => {
    const takesPart = tf.max(mask, 1, true); // [B, 1]
    const total = tf.sum(tf.mul(tf.mul(x, counted), takesPart));
    return tf.div(total, tf.maximum(tf.sum(takesPart), 1)) as Scalar;
  });

/** Below it returns are all equal, and there is nothing to explain. */
const smallestSpread = 1e-12;

/** 1 − Var(R − V)/Var(R). */
const explainedVariance = (values: Tensor2D, returns: Tensor2D, mask: Tensor2D): Scalar => {
  const spread = variance(returns, mask);
  const unexplained = tf.div(variance(tf.sub(returns, values), mask), tf.maximum(spread, smallestSpread));
  return tf.where(tf.greater(spread, smallestSpread), tf.sub(1, unexplained), tf.zerosLike(spread)) as Scalar;
};

/** What an update logs of its batch, before anything is learned. */
export const batchMetrics = ({
  rollout: { rewards, valid, mask, behaviourLogProbs },
  reference,
  values,
  advantages,
  returns,
}: {
  rollout: Rollout & { readonly behaviourLogProbs: Tensor2D };
  reference: ReferenceEvaluation | undefined;
  /** Left out where there is no value function. */
  values?: Tensor2D | undefined;
  /** Before whitening. */
  advantages: Tensor2D;
  returns: Tensor2D;
}): Record<string, Scalar> =>
  tf.tidy(() => {
    return {
      reward: sequenceSum(rewards, valid, mask),
      length: sequenceSum(mask, mask, mask),
      returnMean: maskedMean(returns, mask),
      ...(values && {
        valueMean: maskedMean(values, mask),
        explainedVariance: explainedVariance(values, returns, mask),
      }),
      advantageMean: maskedMean(advantages, mask),
      advantageStd: tf.sqrt(variance(advantages, mask)) as Scalar,
      entropy: tf.neg(maskedMean(behaviourLogProbs, mask)) as Scalar,
      ...(reference && {
        klNats: sequenceSum(tf.sub(behaviourLogProbs, reference.logProbs), mask, mask),
      }),
    };
  });
