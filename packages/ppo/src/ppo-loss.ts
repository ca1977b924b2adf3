import { checkSameShapes, checkShape } from "@accord-rl/math";
import { valueLoss } from "@accord-rl/policy-gradient";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";

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
    if (valueClipEpsilon === undefined) return valueLoss({ values, returns });
    const move = tf.clipByValue(tf.sub(values, oldValues), -valueClipEpsilon, valueClipEpsilon);
    const clippedError = tf.square(tf.sub(tf.add(oldValues, move), returns));
    return tf.mul(tf.maximum(tf.square(tf.sub(values, returns)), clippedError), 0.5) as Tensor2D;
  });
};
