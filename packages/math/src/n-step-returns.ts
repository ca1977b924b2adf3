import { rate, requireCount, requireRule } from "@accord-rl/core";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { checkSameShapes, checkShape } from "./check-shape.ts";
import { type AdvantageInputs, bootstrap, carried, continues } from "./returns.ts";
import { reverseScan, shiftLeft } from "./reverse-scan.ts";

/**
 * Returns of n steps: rewards of at most n steps and the value after them; fewer where the trace stops before.
 *
 *   G⁽¹⁾_t = r_t + γ·V(s_{t+1}),   G⁽ⁿ⁾_t = r_t + γ·G⁽ⁿ⁻¹⁾_{t+1}
 *
 * n = 1 is λ = 0, and n of the length of the batch or more is λ = 1. Tool steps are carried through as in `gae`, and
 * don't count among the n.
 *
 * @param options.steps  n, an integer of 1 or more.
 * @returns [B, T] returns, and advantages G − V; 0 outside the mask.
 * @see Mnih et al. 2016, §4. https://arxiv.org/abs/1602.01783
 */
export const nStepReturns = (
  inputs: AdvantageInputs,
  { discount, steps }: { readonly discount: number; readonly steps: number },
): { advantages: Tensor2D; returns: Tensor2D } => {
  const { rewards, values, nextValues, valid, mask, terminated, truncated } = inputs;
  checkShape("nStepReturns", "rewards", rewards, ["B", "T"]);
  checkSameShapes("nStepReturns", { rewards, values, nextValues, valid, mask, terminated, truncated });
  requireRule("nStepReturns", "discount", discount, rate);
  requireCount("nStepReturns", "steps", steps);
  return tf.tidy(() => {
    const goesOn = continues(inputs);
    const intoTool = tf.mul(goesOn, shiftLeft(carried(inputs), 1)) as Tensor2D;
    const intoOwn = tf.mul(tf.sub(goesOn, intoTool), discount);
    const after = bootstrap(inputs, discount);
    const stopped = tf.add(rewards, tf.mul(tf.sub(1, goesOn), after)) as Tensor2D;
    let returns = reverseScan(tf.add(rewards, tf.mul(tf.sub(1, intoTool), after)), intoTool);
    for (let n = 2; n <= Math.min(steps, rewards.shape[1]); n++) {
      returns = reverseScan(tf.add(stopped, tf.mul(intoOwn, shiftLeft(returns, 1))), intoTool);
    }
    returns = tf.mul(returns, mask);
    return { advantages: tf.mul(tf.sub(returns, values), mask) as Tensor2D, returns };
  });
};
