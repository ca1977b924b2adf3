import { finitePositive, requireNumber, requireRule } from "@accord-rl/core";
import { stopGradient } from "@accord-rl/math";
import type { Tensor1D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { expectedOverLabel, logRatios } from "./dpo-loss.ts";
import { checkRatedInputs, type RatedInputs, type UnpairedLoss } from "./loss-types.ts";

export interface KtoLossOptions {
  /** β above 0. Default 0.1 (Ethayarajh et al. 2024, §4.3). */
  readonly beta?: number;
  /** λ_D, of 0 or more: makes up for few desirable examples. Default 1. */
  readonly desirableWeight?: number;
  /** λ_U, of 0 or more. Default 1. */
  readonly undesirableWeight?: number;
}

/**
 * Kahneman-Tversky optimization: single responses that are desirable or not, no pairs.
 *
 *   L = q·λ_D·(1 − σ(β(h − z))) + (1 − q)·λ_U·(1 − σ(β(z − h))),   h = log π/π_ref(y)
 *
 * q is the probability that the response is desirable. Gradient flows to: logProbs; not to z.
 *
 * @returns a loss with [N] per response, unreduced. Rewards: β·h.
 * @see Ethayarajh et al. 2024, eq. 8. https://arxiv.org/abs/2402.01306
 */
export const ktoLoss = ({
  beta = 0.1,
  desirableWeight = 1,
  undesirableWeight = 1,
}: KtoLossOptions = {}): UnpairedLoss => {
  const title = "ktoLoss";
  requireRule(title, "beta", beta, finitePositive);
  for (const [name, weight] of Object.entries({ desirableWeight, undesirableWeight })) {
    requireNumber(title, name, weight, [0, Number.POSITIVE_INFINITY]);
  }
  const loss = (inputs: RatedInputs) => {
    checkRatedInputs(title, inputs);
    return tf.tidy(() => {
      const ratios = logRatios(inputs); // [N]
      const z = tf.mul(tf.sub(ratios, stopGradient(inputs.klNats)), beta); // [N]
      const losses = expectedOverLabel(
        inputs.probabilities,
        tf.mul(tf.sigmoid(tf.neg(z)), desirableWeight),
        tf.mul(tf.sigmoid(z), undesirableWeight),
      );
      return { losses, rewards: tf.mul<Tensor1D>(ratios, beta) };
    });
  };
  return Object.assign(loss, { title, needsReference: true } as const);
};
