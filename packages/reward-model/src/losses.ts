import { checkShape } from "@accord-rl/math";
import type { Tensor, Tensor1D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";

/**
 * log(1 + eˣ) without overflow, max(x, 0) + log(1 + e^−|x|), with its own gradient σ(x): the two kinks at 0 cancel.
 */
export const softplus = <T extends Tensor>(x: T): T => {
  const forward = tf.customGrad((...args) => {
    const [values, save] = args as [Tensor, tf.GradSaveFunc];
    save([values]);
    return {
      value: tf.add(tf.relu(values), tf.log1p(tf.exp(tf.neg(tf.abs(values))))),
      gradFunc: (dy: Tensor, saved: Tensor[]) => tf.mul(dy, tf.sigmoid(saved[0] as Tensor)),
    };
  });
  return tf.tidy(() => forward(x)) as T;
};

/**
 * The Bradley-Terry loss: cross-entropy of a label, hard or soft, under P(preferred is better) = σ(z).
 *
 *   z = r_preferred − r_rejected − margin,   L = −p·log σ(z) − (1 − p)·log σ(−z) = softplus(−z) + (1 − p)·z
 *
 * Gradient flows to: preferredScores, rejectedScores.
 *
 * @param batch.preferredScores  [B]
 * @param batch.rejectedScores   [B]
 * @param batch.probabilities    [B] p: that `preferred` is better. Default 1.
 * @param batch.margins          [B] how much better, in reward units. Default 0.
 * @returns [B] per pair, unreduced.
 * @see Ouyang et al. 2022, eq. 1. https://arxiv.org/abs/2203.02155; margins: Touvron et al. 2023, eq. 2.
 *   https://arxiv.org/abs/2307.09288; soft labels: Lee et al. 2023. https://arxiv.org/abs/2309.00267
 */
export const bradleyTerryLoss = ({
  preferredScores,
  rejectedScores,
  probabilities,
  margins,
}: {
  readonly preferredScores: Tensor1D;
  readonly rejectedScores: Tensor1D;
  readonly probabilities?: Tensor1D;
  readonly margins?: Tensor1D;
}): Tensor1D => {
  const where = "bradleyTerryLoss";
  checkShape(where, "preferredScores", preferredScores, ["B"]);
  const same = "same as preferredScores";
  checkShape(where, "rejectedScores", rejectedScores, preferredScores.shape, same);
  if (probabilities) checkShape(where, "probabilities", probabilities, preferredScores.shape, same);
  if (margins) checkShape(where, "margins", margins, preferredScores.shape, same);
  return tf.tidy(() => {
    const gaps = tf.sub(preferredScores, rejectedScores);
    const z = margins ? tf.sub(gaps, margins) : gaps;
    const hard = softplus(tf.neg(z));
    return (probabilities ? tf.add(hard, tf.mul(tf.sub(1, probabilities), z)) : hard) as Tensor1D;
  });
};

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
