import { checkSameShapes, checkShape } from "@accord-rl/math";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";

/** Limit of |log ρ|: e²⁰ is far beyond any ratio that is used, and keeps one stray token from giving infinity. */
const logRatioLimit = 20;

/** ρ = π/π_old. */
const importanceRatio = (logProbs: Tensor2D, oldLogProbs: Tensor2D): Tensor2D =>
  tf.exp(tf.clipByValue(tf.sub(logProbs, oldLogProbs), -logRatioLimit, logRatioLimit)) as Tensor2D;

export interface SurrogateInputs {
  /** [B, T] log π_θ(a_t | s_t). */
  readonly logProbs: Tensor2D;
  /** [B, T] log π_old(a_t | s_t). */
  readonly oldLogProbs: Tensor2D;
  /** [B, T] Â_t. */
  readonly advantages: Tensor2D;
}

export interface SurrogateOptions {
  /** ε; infinity = no clipping. Default 0.2. */
  readonly clipEpsilon?: number;
  /** c > 1: bounds the loss of a negative advantage by −c·Â. Default: no bound. */
  readonly dualClip?: number | undefined;
}

/**
 * The clipped surrogate of PPO, as a loss per token.
 *
 *   L = max(−ρ·Â, −clip(ρ, 1 − ε, 1 + ε)·Â),   ρ = exp(log π_θ − log π_old)
 *   with dual clip, where Â < 0:  min(L, −c·Â)
 *
 * The paper maximises min(ρÂ, clip(ρ)Â); this is its negative. log ρ is held within ±20.
 * Gradient flows to: logProbs (and, as a plain function of them, to the others: give them as constants).
 *
 * @returns [B, T], unreduced, not masked.
 * @see Schulman et al. 2017, eq. 7. https://arxiv.org/abs/1707.06347
 * @see Ye et al. 2020, eq. 3, for the dual clip. https://arxiv.org/abs/1912.09729
 */
export const clippedSurrogate = (
  { logProbs, oldLogProbs, advantages }: SurrogateInputs,
  { clipEpsilon = 0.2, dualClip }: SurrogateOptions = {},
): Tensor2D => {
  checkShape("clippedSurrogate", "logProbs", logProbs, ["B", "T"]);
  checkSameShapes("clippedSurrogate", { logProbs, oldLogProbs, advantages });
  return tf.tidy(() => {
    const ratio = importanceRatio(logProbs, oldLogProbs);
    const gain = tf.neg(advantages);
    const unclipped = tf.mul(gain, ratio);
    const loss = tf.maximum(
      unclipped,
      tf.mul(gain, tf.clipByValue(ratio, 1 - clipEpsilon, 1 + clipEpsilon)),
    ) as Tensor2D;
    if (dualClip === undefined) return loss;
    const bounded = tf.minimum(loss, tf.mul(gain, dualClip));
    return tf.where(tf.less(advantages, 0), bounded, loss) as Tensor2D;
  });
};

export interface ValueLossInputs {
  /** [B, T] V_θ(s_t). */
  readonly values: Tensor2D;
  /** [B, T] V_old(s_t), when the batch was collected. */
  readonly oldValues: Tensor2D;
  /** [B, T] R_t. */
  readonly returns: Tensor2D;
}

/**
 * Half the squared error of the values, pessimistic about moves beyond ±ε_v of the old ones.
 *
 *   L = ½·max((V − R)², (clip(V, V_old − ε_v, V_old + ε_v) − R)²)
 *
 * Gradient flows to: values.
 *
 * @param options.valueClipEpsilon  ε_v, in units of the values; left out = plain ½(V − R)².
 * @returns [B, T], unreduced, not masked.
 * @see Ziegler et al. 2019; the form is of OpenAI's 2017 baselines. https://arxiv.org/abs/1909.08593
 */
export const clippedValueLoss = (
  { values, oldValues, returns }: ValueLossInputs,
  { valueClipEpsilon }: { readonly valueClipEpsilon?: number | undefined } = {},
): Tensor2D => {
  checkShape("clippedValueLoss", "values", values, ["B", "T"]);
  checkSameShapes("clippedValueLoss", { values, oldValues, returns });
  return tf.tidy(() => {
    const error = tf.square(tf.sub(values, returns));
    if (valueClipEpsilon === undefined) return tf.mul(error, 0.5) as Tensor2D;
    const move = tf.clipByValue(tf.sub(values, oldValues), -valueClipEpsilon, valueClipEpsilon);
    const clippedError = tf.square(tf.sub(tf.add(oldValues, move), returns));
    return tf.mul(tf.maximum(error, clippedError), 0.5) as Tensor2D;
  });
};

/**
 * How far the policy has moved since the batch was collected, per token: ½·(log π_θ − log π_old)².
 *
 * Its mean is the second-order estimate of KL(π_old ‖ π_θ) that OpenAI's 2019 code logs as approxkl.
 *
 * @returns [B, T] nats.
 */
export const approximateKl = ({
  logProbs,
  oldLogProbs,
}: Pick<SurrogateInputs, "logProbs" | "oldLogProbs">): Tensor2D => {
  checkSameShapes("approximateKl", { logProbs, oldLogProbs });
  return tf.tidy(() => tf.mul(tf.squaredDifference(logProbs, oldLogProbs), 0.5) as Tensor2D);
};

/**
 * 1 where the clipped branch is the worse one, so that the token gives no gradient.
 *
 * The count of TRL, OpenRLHF and verl; stable-baselines3 counts |ρ − 1| > ε instead, whatever the advantage.
 *
 * @returns [B, T] of 0 and 1.
 */
export const isClipped = (
  { logProbs, oldLogProbs, advantages }: SurrogateInputs,
  { clipEpsilon = 0.2 }: Pick<SurrogateOptions, "clipEpsilon"> = {},
): Tensor2D => {
  checkSameShapes("isClipped", { logProbs, oldLogProbs, advantages });
  return tf.tidy(() => {
    const move = tf.sub(importanceRatio(logProbs, oldLogProbs), 1);
    // Beyond the side that the advantage pushes to.
    const pushed = tf.mul(move, tf.sign(advantages));
    return tf.cast(tf.greater(pushed, clipEpsilon), "float32") as Tensor2D;
  });
};

/** |ρ − 1|: 0 as long as scoring agrees with what was sampled. @returns [B, T]. */
export const ratioDeviation = ({
  logProbs,
  oldLogProbs,
}: Pick<SurrogateInputs, "logProbs" | "oldLogProbs">): Tensor2D => {
  checkSameShapes("ratioDeviation", { logProbs, oldLogProbs });
  return tf.tidy(() => tf.abs(tf.sub(importanceRatio(logProbs, oldLogProbs), 1)) as Tensor2D);
};
