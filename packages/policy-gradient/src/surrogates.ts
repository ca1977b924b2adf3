import { checkSameShapes, checkShape } from "@accord-rl/math";
import type { Scalar, Tensor, Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { importanceRatio } from "./ratios.ts";

export interface SurrogateInputs {
  /** [B, T] log π_θ(a_t | s_t). */
  readonly logProbs: Tensor2D;
  /** [B, T] log π_old(a_t | s_t). */
  readonly oldLogProbs: Tensor2D;
  /** [B, T] Â_t. */
  readonly advantages: Tensor2D;
}

export interface ClipOptions {
  /** ε; infinity = no clipping. Default 0.2. A scalar tensor where it changes over a compiled run. */
  readonly clipEpsilon?: number | Scalar;
  /** ε above 1, where it is another than below (DAPO's clip-higher). Default: `clipEpsilon`. */
  readonly clipEpsilonHigh?: number | Scalar | undefined;
}

/** x, held within 1 − low and 1 + high. */
const clipAroundOne = (x: Tensor, low: number | Scalar, high: number | Scalar): Tensor =>
  typeof low === "number" && typeof high === "number"
    ? tf.clipByValue(x, 1 - low, 1 + high)
    : tf.minimum(tf.maximum(x, tf.sub(1, low)), tf.add(1, high));

export interface SurrogateOptions extends ClipOptions {
  /** c > 1: bounds the loss of a negative advantage by −c·Â. Default: no bound. */
  readonly dualClip?: number | undefined;
}

/**
 * The policy gradient's loss per token: −Â·log π_θ(a_t | s_t).
 *
 * Gradient flows to: logProbs (and, as a plain function of them, to advantages: give them as constants).
 *
 * @returns [B, T], unreduced, not masked.
 * @see Williams 1992, §6; Mnih et al. 2016, §4. https://arxiv.org/abs/1602.01783
 */
export const policyGradientLoss = ({
  logProbs,
  advantages,
}: Pick<SurrogateInputs, "logProbs" | "advantages">): Tensor2D => {
  checkShape("policyGradientLoss", "logProbs", logProbs, ["B", "T"]);
  checkSameShapes("policyGradientLoss", { logProbs, advantages });
  return tf.tidy(() => tf.neg(tf.mul(advantages, logProbs)) as Tensor2D);
};

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
 * @see Yu et al. 2025 (DAPO), eq. 10, for another ε above. https://arxiv.org/abs/2503.14476
 */
export const clippedSurrogate = (
  { logProbs, oldLogProbs, advantages }: SurrogateInputs,
  { clipEpsilon = 0.2, clipEpsilonHigh = clipEpsilon, dualClip }: SurrogateOptions = {},
): Tensor2D => {
  checkShape("clippedSurrogate", "logProbs", logProbs, ["B", "T"]);
  checkSameShapes("clippedSurrogate", { logProbs, oldLogProbs, advantages });
  return tf.tidy(() => {
    const ratio = importanceRatio({ logProbs, oldLogProbs });
    const gain = tf.neg(advantages);
    const unclipped = tf.mul(gain, ratio);
    const loss = tf.maximum(
      unclipped,
      tf.mul(gain, clipAroundOne(ratio, clipEpsilon, clipEpsilonHigh)),
    ) as Tensor2D;
    if (dualClip === undefined) return loss;
    const bounded = tf.minimum(loss, tf.mul(gain, dualClip));
    return tf.where(tf.less(advantages, 0), bounded, loss) as Tensor2D;
  });
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
  { clipEpsilon = 0.2, clipEpsilonHigh = clipEpsilon }: ClipOptions = {},
): Tensor2D => {
  checkSameShapes("isClipped", { logProbs, oldLogProbs, advantages });
  return tf.tidy(() => {
    const move = tf.sub(importanceRatio({ logProbs, oldLogProbs }), 1);
    // Beyond the side that the advantage pushes to.
    const pushed = tf.mul(move, tf.sign(advantages));
    const limit =
      clipEpsilon === clipEpsilonHigh
        ? clipEpsilon
        : tf.where(tf.greater(advantages, 0), clipEpsilonHigh, clipEpsilon);
    return tf.cast(tf.greater(pushed, limit), "float32") as Tensor2D;
  });
};

/** ½(V_θ − R)², what a critic minimises. Gradient flows to: values. @returns [B, T], unreduced, not masked. */
export const valueLoss = ({
  values,
  returns,
}: {
  /** [B, T] V_θ(s_t). */
  readonly values: Tensor2D;
  /** [B, T] R_t. */
  readonly returns: Tensor2D;
}): Tensor2D => {
  checkShape("valueLoss", "values", values, ["B", "T"]);
  checkSameShapes("valueLoss", { values, returns });
  return tf.tidy(() => tf.mul(tf.square(tf.sub(values, returns)), 0.5) as Tensor2D);
};
