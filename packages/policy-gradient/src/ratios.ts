import { checkSameShapes } from "@accord-rl/math";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";

/** Limit of |log ρ|: e²⁰ is far beyond any ratio that is used, and keeps one stray token from giving infinity. */
const logRatioLimit = 20;

export interface RatioInputs {
  /** [B, T] log π_θ(a_t | s_t). */
  readonly logProbs: Tensor2D;
  /** [B, T] log π_old(a_t | s_t). */
  readonly oldLogProbs: Tensor2D;
}

/** ρ = π_θ/π_old at the action that was taken; log ρ is held within ±20. @returns [B, T]. */
export const importanceRatio = ({ logProbs, oldLogProbs }: RatioInputs): Tensor2D =>
  tf.exp(tf.clipByValue(tf.sub(logProbs, oldLogProbs), -logRatioLimit, logRatioLimit)) as Tensor2D;

/**
 * How far the policy has moved since the batch was collected, per token: ½·(log π_θ − log π_old)².
 *
 * Its mean is the second-order estimate of KL(π_old ‖ π_θ) that OpenAI's 2019 code logs as approxkl.
 *
 * @returns [B, T] nats.
 */
export const approximateKl = ({ logProbs, oldLogProbs }: RatioInputs): Tensor2D => {
  checkSameShapes("approximateKl", { logProbs, oldLogProbs });
  return tf.tidy(() => tf.mul(tf.squaredDifference(logProbs, oldLogProbs), 0.5) as Tensor2D);
};

/** |ρ − 1|: 0 as long as scoring agrees with what was sampled. @returns [B, T]. */
export const ratioDeviation = ({ logProbs, oldLogProbs }: RatioInputs): Tensor2D => {
  checkSameShapes("ratioDeviation", { logProbs, oldLogProbs });
  return tf.tidy(() => tf.abs(tf.sub(importanceRatio({ logProbs, oldLogProbs }), 1)) as Tensor2D);
};
