import { finitePositive, requireNumber, requireRule } from "@accord-rl/core";
import { bradleyTerryLoss, softplus } from "@accord-rl/math";
import type { Tensor1D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { expectedOverLabel } from "./dpo-loss.ts";
import {
  checkPairInputs,
  type PairInputs,
  type PairLosses,
  type ReferenceFreeLoss,
  type ResponseScores,
} from "./loss-types.ts";

/** (1/|y|)·log π(y). @returns [N]. */
const meanLogProbs = ({ logProbs, lengths }: ResponseScores): Tensor1D => tf.div(logProbs, lengths);

export interface SimPoLossOptions {
  /** β above 0. Default 2 (Meng et al. 2024, table 7: 2 to 10). */
  readonly beta?: number;
  /** γ of 0 or more: what the better response must be ahead by. Default 1 (γ/β about ½, §4.3 there). */
  readonly targetMargin?: number;
}

/**
 * Simple preference optimization: mean log-probabilities are the rewards; no reference.
 *
 *   L = −p·log σ(d − γ) − (1 − p)·log σ(−d − γ),   d = β/|y_w|·log π(y_w) − β/|y_l|·log π(y_l)
 *
 * Gradient flows to: both logProbs.
 *
 * @returns a loss with [N] per pair, unreduced. Rewards: β/|y|·log π.
 * @see Meng et al. 2024, eq. 6. https://arxiv.org/abs/2405.14734
 */
export const simPoLoss = ({ beta = 2, targetMargin = 1 }: SimPoLossOptions = {}): ReferenceFreeLoss => {
  const title = "simPoLoss";
  requireRule(title, "beta", beta, finitePositive);
  requireNumber(title, "targetMargin", targetMargin, [0, Number.POSITIVE_INFINITY]);
  const loss = (inputs: PairInputs): PairLosses => {
    checkPairInputs(title, inputs);
    return tf.tidy(() => {
      const preferredRewards = tf.mul<Tensor1D>(meanLogProbs(inputs.preferred), beta);
      const rejectedRewards = tf.mul<Tensor1D>(meanLogProbs(inputs.rejected), beta);
      const gap = tf.sub(preferredRewards, rejectedRewards);
      const losses = expectedOverLabel(
        inputs.probabilities,
        softplus(tf.sub(targetMargin, gap)),
        softplus(tf.add(targetMargin, gap)),
      );
      return { losses, preferredRewards, rejectedRewards };
    });
  };
  return Object.assign(loss, { title, needsReference: false, usesMargins: false } as const);
};

/**
 * log(P/(1 − P)) of P = eᵐ, m below 0: 1 − eᵐ = tanh(−m/2)·(1 + eᵐ), which loses no digits near m = 0.
 *
 * @returns [N]. Beyond m = −1e-6 it stays what it is there: float32 can't tell P from 1.
 */
const logOdds = (meanLogProb: Tensor1D): Tensor1D => {
  const m = tf.minimum(meanLogProb, -1e-6);
  const complement = tf.add(tf.log(tf.tanh(tf.mul(m, -0.5))), tf.log1p(tf.exp(m))); // log(1 − eᵐ)
  return tf.sub(m, complement);
};

export interface OrpoLossOptions {
  /** λ above 0: weight of the odds ratio beside the likelihood; TRL calls it β. Default 0.1 (Hong et al. 2024, §5.1). */
  readonly lambda?: number;
}

/**
 * Odds ratio preference optimization: fine-tunes on the better response and pushes the odds apart; no reference.
 *
 *   L = −p·m_w − (1 − p)·m_l + λ·(−p·log σ(o) − (1 − p)·log σ(−o)),   m = 1/|y|·log π(y),   o = logit(e^{m_w}) − logit(e^{m_l})
 *
 * Gradient flows to: both logProbs.
 *
 * @returns a loss with [N] per pair, unreduced. Rewards: λ·m.
 * @see Hong et al. 2024, eqs. 6 and 7. https://arxiv.org/abs/2403.07691
 */
export const orpoLoss = ({ lambda = 0.1 }: OrpoLossOptions = {}): ReferenceFreeLoss => {
  const title = "orpoLoss";
  requireRule(title, "lambda", lambda, finitePositive);
  const loss = (inputs: PairInputs): PairLosses => {
    checkPairInputs(title, inputs);
    return tf.tidy(() => {
      const { probabilities } = inputs;
      const [preferred, rejected] = [meanLogProbs(inputs.preferred), meanLogProbs(inputs.rejected)];
      const likelihood = expectedOverLabel(probabilities, preferred, rejected);
      const odds = bradleyTerryLoss({
        preferredScores: logOdds(preferred),
        rejectedScores: logOdds(rejected),
        probabilities,
      });
      return {
        losses: tf.sub<Tensor1D>(tf.mul(odds, lambda), likelihood),
        preferredRewards: tf.mul<Tensor1D>(preferred, lambda),
        rejectedRewards: tf.mul<Tensor1D>(rejected, lambda),
      };
    });
  };
  return Object.assign(loss, { title, needsReference: false, usesMargins: false } as const);
};
