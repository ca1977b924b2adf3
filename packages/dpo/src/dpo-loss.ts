import { finitePositive, requireNumber, requireRule } from "@accord-rl/core";
import { bradleyTerryLoss } from "@accord-rl/math";
import type { Tensor, Tensor1D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { checkPairInputs, type ReferencedScores, type ReferenceLoss } from "./loss-types.ts";

/** log π(y) − log π_ref(y). @returns [N]. */
export const logRatios = ({ logProbs, referenceLogProbs }: ReferencedScores): Tensor1D =>
  tf.sub(logProbs, referenceLogProbs);

export interface DpoLossOptions {
  /** β above 0: how dear it is to leave the reference. Default 0.1 (Rafailov et al. 2023, §6). */
  readonly beta?: number;
  /** ε in [0, ½): the share of labels that are wrong, as conservative DPO assumes. Default 0. */
  readonly labelSmoothing?: number;
}

/**
 * Direct preference optimization, conservative DPO where labels are smoothed.
 *
 *   L = −p′·log σ(z) − (1 − p′)·log σ(−z),   z = β·(log π/π_ref(y_w) − log π/π_ref(y_l)) − margin,   p′ = p(1 − ε) + (1 − p)ε
 *
 * p is each pair's own probability, so soft labels of AI feedback need nothing else; a margin is what the better
 * response must be ahead by. Gradient flows to: both logProbs.
 *
 * @returns a loss with [N] per pair, unreduced. Rewards: β·log π/π_ref.
 * @see Rafailov et al. 2023, eq. 7. https://arxiv.org/abs/2305.18290; ε: Mitchell 2023, A note on DPO with noisy
 *   preferences; margins: Amini et al. 2024, eq. 8. https://arxiv.org/abs/2402.10571
 */
export const dpoLoss = ({ beta = 0.1, labelSmoothing = 0 }: DpoLossOptions = {}): ReferenceLoss => {
  const title = "dpoLoss";
  requireRule(title, "beta", beta, finitePositive);
  requireNumber(title, "labelSmoothing", labelSmoothing, [0, 0.5 - Number.EPSILON]);
  const loss: (...inputs: Parameters<ReferenceLoss>) => ReturnType<ReferenceLoss> = (inputs) => {
    checkPairInputs(title, inputs);
    return tf.tidy(() => {
      const preferredRewards = tf.mul<Tensor1D>(logRatios(inputs.preferred), beta);
      const rejectedRewards = tf.mul<Tensor1D>(logRatios(inputs.rejected), beta);
      const { probabilities, margins } = inputs;
      const smoothed = tf.add<Tensor1D>(tf.mul(probabilities, 1 - 2 * labelSmoothing), labelSmoothing);
      const losses = bradleyTerryLoss({
        preferredScores: preferredRewards,
        rejectedScores: rejectedRewards,
        probabilities: labelSmoothing === 0 ? probabilities : smoothed,
        margins,
      });
      return { losses, preferredRewards, rejectedRewards };
    });
  };
  return Object.assign(loss, { title, needsReference: true, usesMargins: true } as const);
};

/** p·first + (1 − p)·second: what a label of probability p expects of a loss. @returns [N]. */
export const expectedOverLabel = (probabilities: Tensor1D, first: Tensor, second: Tensor): Tensor1D =>
  tf.tidy(() => tf.add<Tensor1D>(second, tf.mul(probabilities, tf.sub(first, second))));

export interface IpoLossOptions {
  /** τ in the paper, β elsewhere. Default 0.1. */
  readonly beta?: number;
  /** Per-token means of log π/π_ref instead of sums, as TRL has it; the paper and OpenRLHF sum. Default false. */
  readonly isLengthNormalized?: boolean;
}

/**
 * Identity preference optimization: stays regularised where preferences are deterministic, and DPO is not.
 *
 *   L = p·(h − 1/2β)² + (1 − p)·(h + 1/2β)²,   h = log π/π_ref(y_w) − log π/π_ref(y_l)
 *
 * Gradient flows to: both logProbs.
 *
 * @returns a loss with [N] per pair, unreduced. Rewards: β·log π/π_ref (per token where normalised).
 * @see Azar et al. 2023, eq. 17. https://arxiv.org/abs/2310.12036
 */
export const ipoLoss = ({ beta = 0.1, isLengthNormalized = false }: IpoLossOptions = {}): ReferenceLoss => {
  const title = "ipoLoss";
  requireRule(title, "beta", beta, finitePositive);
  const score = (scores: ReferencedScores): Tensor1D =>
    isLengthNormalized ? tf.div(logRatios(scores), scores.lengths) : logRatios(scores);
  const loss: (...inputs: Parameters<ReferenceLoss>) => ReturnType<ReferenceLoss> = (inputs) => {
    checkPairInputs(title, inputs);
    return tf.tidy(() => {
      const [preferred, rejected] = [score(inputs.preferred), score(inputs.rejected)];
      const gap = tf.sub(preferred, rejected);
      const losses = expectedOverLabel(
        inputs.probabilities,
        tf.square(tf.sub(gap, 1 / (2 * beta))),
        tf.square(tf.add(gap, 1 / (2 * beta))),
      );
      return {
        losses,
        preferredRewards: tf.mul<Tensor1D>(preferred, beta),
        rejectedRewards: tf.mul<Tensor1D>(rejected, beta),
      };
    });
  };
  return Object.assign(loss, { title, needsReference: true, usesMargins: false } as const);
};
