import type { LanguageModel } from "@accord-rl/core";
import { checkShape, embedding, logSoftmax, selectedLogProbs } from "@accord-rl/math";
import type { Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import type { TextTensors } from "./text-batches.ts";

/**
 * The logits of the learned positions alone: over a large vocabulary they are most of the memory.
 *
 * Gradient flows to: the model's parameters.
 *
 * @returns [K, V].
 */
export const learnedLogits = (
  model: Pick<LanguageModel, "hidden" | "logits" | "width">,
  { tokenIds, tokenMask, positions }: TextTensors,
): Tensor2D =>
  tf.tidy(() => {
    const hidden = tf.reshape(model.hidden(tokenIds, tokenMask), [-1, model.width]) as Tensor2D; // [B·L, D]
    const taken = positions.size === hidden.shape[0] ? hidden : embedding(hidden, positions); // [K, D]
    return model.logits(taken) as Tensor2D; // [K, V]
  });

/**
 * Negative log-likelihood per token, with label smoothing apart.
 *
 *   nll_k = −log p(y_k),   loss_k = (1 − s)·nll_k + s·(−1/V)·Σ_v log p(v)
 *
 * Gradient flows to: logits.
 *
 * @param logits   [K, V].
 * @param targets  [K] int32.
 * @returns [K] each, nats, unreduced; one tensor twice where s = 0.
 * @see Szegedy et al. 2016, §7, for the smoothing. https://arxiv.org/abs/1512.00567
 */
export const tokenLosses = (
  logits: Tensor2D,
  targets: Tensor1D,
  { labelSmoothing = 0 }: { readonly labelSmoothing?: number } = {},
): { nll: Tensor1D; loss: Tensor1D } => {
  checkShape("tokenLosses", "logits", logits, ["K", "V"]);
  checkShape("tokenLosses", "targets", targets, [logits.shape[0]], "one per row of logits");
  return tf.tidy(() => {
    const nll = tf.neg(selectedLogProbs(logits, targets)) as Tensor1D; // [K]
    if (labelSmoothing === 0) return { nll, loss: tf.clone(nll) };
    const uniform = tf.neg(tf.mean(logSoftmax(logits), 1)); // [K]
    const loss = tf.add(tf.mul(nll, 1 - labelSmoothing), tf.mul(uniform, labelSmoothing));
    return { nll, loss: loss as Tensor1D };
  });
};
