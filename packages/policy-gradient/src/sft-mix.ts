import {
  type Decisions,
  InvalidArgumentError,
  type Observations,
  type Parameters,
  type Policy,
} from "@accord-rl/core";
import { type Gradients, tokenMean, valueAndGradients } from "@accord-rl/math";
import type { Scalar, Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";

/** Supervised text for the policy: the tokens to learn stand where its actions stand. */
export type SftMixBatch<Obs extends Observations> = Decisions<Obs> & {
  /** [B, T] 1 = learned. */
  readonly mask: Tensor2D;
};

/**
 * Supervised learning mixed into every optimizer step, so that the policy keeps what it knew (PPO-ptx).
 *
 * @see Ouyang et al. 2022, eq. 2. https://arxiv.org/abs/2203.02155
 */
export interface SftMix<Obs extends Observations> {
  /** γ of the paper, weight of the mean −log π per token. Above 0; not the discount. */
  readonly coefficient: number;
  /** The next batch, once per optimizer step. The algorithm disposes of it. */
  next(): SftMixBatch<Obs>;
}

/** @throws InvalidArgumentError when the coefficient would undo the supervised learning, or everything. */
export const checkSftMix = (coefficient: number | undefined, where: string): void => {
  if (coefficient === undefined || (coefficient > 0 && Number.isFinite(coefficient))) return;
  throw new InvalidArgumentError({
    argument: "sftMix.coefficient",
    value: coefficient,
    message: `${where}: sftMix.coefficient is ${coefficient}, expected a number above 0; leave sftMix out for none`,
  });
};

/** Loss (not yet multiplied by the coefficient) and gradients (multiplied) of one batch of it. */
export const sftMixGradients = <Obs extends Observations>(
  { coefficient, next }: SftMix<Obs>,
  policy: Policy<Obs>,
  parameters: Parameters,
): { loss: Scalar; gradients: Gradients } =>
  tf.tidy(() => {
    const { mask, ...decisions } = next();
    const weights = tokenMean(mask);
    const { gradients, auxiliary } = valueAndGradients(() => {
      const sftLoss = tf.neg(tf.sum(tf.mul(policy.evaluate(decisions).logProbs, weights))) as Scalar;
      return { loss: tf.mul(sftLoss, coefficient) as Scalar, auxiliary: { sftLoss } };
    }, parameters);
    tf.dispose([mask, decisions.actions, ...Object.values(decisions.observations)]);
    return { loss: auxiliary.sftLoss, gradients };
  });
