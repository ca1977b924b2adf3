import type { KlRegularizer, Observations, ReferenceEvaluation, Rollout } from "@accord-rl/core";
import { maskedMean, maskedMoments, scaleToUnitVariance } from "@accord-rl/math";
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

/** Mean over the sequences that take part of the sum over their steps. */
const sequenceSum = (x: Tensor2D, counted: Tensor2D, mask: Tensor2D): Scalar =>
  tf.tidy(() => {
    const totals = tf.sum(tf.mul(x, counted), 1); // [B]
    return maskedMean(totals, tf.max(mask, 1));
  });

/** At or below it there is nothing to explain. */
const smallestSpread = 1e-12;

/** 1 − Var(R − V)/Var(R). @param spread  Var(R) */
const explainedVariance = (errors: Tensor2D, spread: Scalar, mask: Tensor2D): Scalar => {
  const { variance } = maskedMoments(errors, mask);
  const unexplained = tf.div(variance, tf.maximum(spread, smallestSpread));
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
    const ofReturns = maskedMoments(returns, mask);
    const ofAdvantages = maskedMoments(advantages, mask);
    return {
      reward: sequenceSum(rewards, valid, mask),
      length: sequenceSum(mask, mask, mask),
      returnMean: ofReturns.mean,
      ...(values && {
        valueMean: maskedMean(values, mask),
        explainedVariance: explainedVariance(tf.sub(returns, values), ofReturns.variance, mask),
      }),
      advantageMean: ofAdvantages.mean,
      advantageStd: tf.sqrt(ofAdvantages.variance) as Scalar,
      entropy: tf.neg(maskedMean(behaviourLogProbs, mask)) as Scalar,
      ...(reference && {
        klNats: sequenceSum(tf.sub(behaviourLogProbs, reference.logProbs), mask, mask),
      }),
    };
  });
