import { checkShape } from "@accord-rl/math";
import type { Tensor1D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";

/**
 * (r_preferred + r_rejected)²: holds the scores near 0, which the Bradley-Terry loss leaves free to drift.
 * Gradient flows to both.
 *
 * @param both [B]. @returns [B] per pair, unreduced.
 * @see Eisenstein et al. 2023, §2. https://arxiv.org/abs/2312.09244
 */
export const centeringLoss = (preferredScores: Tensor1D, rejectedScores: Tensor1D): Tensor1D => {
  checkShape(
    "centeringLoss",
    "rejectedScores",
    rejectedScores,
    preferredScores.shape,
    "same as preferredScores",
  );
  return tf.tidy(() => tf.square(tf.add(preferredScores, rejectedScores)) as Tensor1D);
};

/** P(first is better) = σ(first − second), the Bradley-Terry model, on plain numbers. */
export const preferenceProbability = (firstScore: number, secondScore: number): number =>
  1 / (1 + Math.exp(secondScore - firstScore));
