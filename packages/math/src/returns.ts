import { rate, requireRule } from "@accord-rl/core";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { checkSameShapes, checkShape } from "./check-shape.ts";
import { reverseScan, shiftLeft } from "./reverse-scan.ts";

/** What a return is made of; all [B, T] float32, as in a Rollout. */
export interface ReturnInputs {
  readonly rewards: Tensor2D;
  /** V of the true successor; 0 where terminated or padding. */
  readonly nextValues: Tensor2D;
  readonly valid: Tensor2D;
  readonly mask: Tensor2D;
  readonly terminated: Tensor2D;
  readonly truncated: Tensor2D;
}

export interface AdvantageInputs extends ReturnInputs {
  /** V(s_t). */
  readonly values: Tensor2D;
}

/** 1 where the trace goes on from t to t + 1. @returns [B, T]. */
export const continues = ({
  valid,
  terminated,
  truncated,
}: Pick<ReturnInputs, "valid" | "terminated" | "truncated">): Tensor2D =>
  tf.tidy(() =>
    tf.mul(tf.mul(tf.mul(valid, shiftLeft(valid, 1)), tf.sub(1, terminated)), tf.sub(1, truncated)),
  );

/** 1 where a step is of a tool or environment: valid, but not chosen by the policy. */
export const carried = ({ valid, mask }: ReturnInputs): Tensor2D => tf.mul(valid, tf.sub(1, mask));

/** γ·V(s_{t+1}) where the episode does not end. */
export const bootstrap = ({ nextValues, terminated }: ReturnInputs, discount: number): Tensor2D =>
  tf.mul(tf.mul(nextValues, tf.sub(1, terminated)), discount);

/**
 * Generalised advantage estimation.
 *
 *   δ_t = r_t + γ·V(s_{t+1})·(1 − terminated_t) − V(s_t)
 *   Â_t = δ_t + γ·λ·c_t·Â_{t+1},   c_t = 1 where t + 1 is valid and t neither terminated nor truncated
 *
 * Steps that are valid but not in the mask (tool tokens) are no steps of the policy: the next value, the running
 * advantage and the rewards that arrive there pass through them, undiscounted, to the last step that it chose.
 * Gradient flows nowhere that matters: compute it before the gradient's closure.
 *
 * @returns [B, T] advantages, and returns Â + V (the λ-returns); 0 outside the mask.
 * @see Schulman et al. 2015, eq. 16. https://arxiv.org/abs/1506.02438
 */
export const gae = (
  inputs: AdvantageInputs,
  { discount, gaeLambda }: { readonly discount: number; readonly gaeLambda: number },
): { advantages: Tensor2D; returns: Tensor2D } => {
  const { rewards, values, nextValues, valid, mask, terminated, truncated } = inputs;
  checkShape("gae", "rewards", rewards, ["B", "T"]);
  checkSameShapes("gae", { rewards, values, nextValues, valid, mask, terminated, truncated });
  requireRule("gae", "discount", discount, rate);
  requireRule("gae", "gaeLambda", gaeLambda, rate);
  return tf.tidy(() => {
    const goesOn = continues(inputs);
    const tool = carried(inputs);
    // What step t earns: its reward, those of the tool steps that follow it, and the value after them.
    const intoTool = tf.mul(goesOn, shiftLeft(tool, 1)) as Tensor2D;
    const own = tf.add(rewards, tf.mul(tf.sub(1, intoTool), bootstrap(inputs, discount))) as Tensor2D;
    const earned = reverseScan(own, intoTool);
    const delta = tf.mul(tf.sub(earned, values), mask) as Tensor2D;
    const decay = tf.mul(goesOn, tf.add(tf.mul(mask, discount * gaeLambda), tool)) as Tensor2D;
    const advantages = tf.mul(reverseScan(delta, decay), mask) as Tensor2D;
    return { advantages, returns: tf.mul(tf.add(advantages, values), mask) as Tensor2D };
  });
};

/**
 * λ-returns: G_t = r_t + γ·((1 − λ)·V(s_{t+1}) + λ·G_{t+1}); the returns of `gae`.
 *
 * @returns [B, T]; 0 outside the mask.
 * @see Sutton & Barto 2018, eq. 12.2. http://incompleteideas.net/book/the-book-2nd.html
 */
export const lambdaReturns = (
  inputs: AdvantageInputs,
  options: { readonly discount: number; readonly gaeLambda: number },
): Tensor2D => tf.tidy(() => gae(inputs, options).returns);

/**
 * Discounted rewards-to-go: G_t = r_t + γ·G_{t+1}, with V of the successor where the trace stops without terminating.
 *
 * Tool steps are carried through as in `gae`.
 *
 * @returns [B, T]; 0 outside the mask.
 */
export const discountedReturns = (
  inputs: Omit<ReturnInputs, "nextValues"> & { readonly nextValues?: Tensor2D },
  { discount }: { readonly discount: number },
): Tensor2D => {
  const { rewards, valid, mask, terminated, truncated } = inputs;
  checkShape("discountedReturns", "rewards", rewards, ["B", "T"]);
  requireRule("discountedReturns", "discount", discount, rate);
  return tf.tidy(() => {
    const nextValues = inputs.nextValues ?? tf.zerosLike(rewards);
    const full = { rewards, nextValues, valid, mask, terminated, truncated };
    checkSameShapes("discountedReturns", full);
    const goesOn = continues(full);
    const nextTool = shiftLeft(carried(full), 1);
    const decay = tf.mul(goesOn, tf.add(tf.mul(tf.sub(1, nextTool), discount), nextTool)) as Tensor2D;
    const own = tf.mul(
      tf.add(rewards, tf.mul(tf.sub(1, goesOn), bootstrap(full, discount))),
      valid,
    ) as Tensor2D;
    return tf.mul(reverseScan(own, decay), mask) as Tensor2D;
  });
};
