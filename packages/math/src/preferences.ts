import { type PreferenceBatch, type PreferencePair, requireNumber } from "@accord-rl/core";
import type { Tensor, Tensor1D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { checkShape } from "./check-shape.ts";
import { weightShares } from "./checks.ts";
import { softplus } from "./softplus.ts";

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

/** A checked pair, with what a loss needs of it; the shares of a batch add up to 1. */
export type PairRow = {
  readonly pair: PreferencePair;
  /** Its weight in the batch. */
  readonly share: number;
  readonly probability: number;
  readonly margin: number;
  /** Its part of the accuracy: 0 where the label is ½ and says nothing. */
  readonly decidedShare: number;
};

/**
 * The pairs of a batch with their defaults filled in.
 *
 * @param where  named in errors.
 * @throws InvalidArgumentError for an empty batch, weights without a positive sum, or a probability outside [0, 1].
 */
export const pairRows = (where: string, batch: PreferenceBatch): PairRow[] => {
  const decided = batch.filter(({ probability = 1 }) => probability !== 0.5).length;
  return weightShares(where, batch).map((share, index) => {
    const pair = batch[index] as PreferencePair;
    const { probability = 1, margin = 0 } = pair;
    requireNumber(where, `batch[${index}].probability`, probability, [0, 1]);
    requireNumber(where, `batch[${index}].margin`, margin);
    return { pair, share, probability, margin, decidedShare: probability === 0.5 ? 0 : 1 / decided };
  });
};

/** 1 where the gap between two scores orders a pair as its label does, ½ where it is 0. @returns [B] */
export const pairAgreement = (gaps: Tensor, probabilities: Tensor1D): Tensor =>
  tf.tidy(() => tf.mul(0.5, tf.add(1, tf.mul(tf.sign(gaps), tf.sign(tf.sub(probabilities, 0.5))))));

/** Numbers of each example as tensors [B], by name. */
export type Columns<Name extends string> = Readonly<Record<Name, Tensor1D>>;

export const columnsOf = <Name extends string>(
  rows: readonly Readonly<Record<Name, number>>[],
  names: readonly Name[],
): Columns<Name> =>
  Object.fromEntries(
    names.map((name) => [name, tf.tensor1d(Float32Array.from(rows, (row) => row[name]))]),
  ) as Columns<Name>;

/** Cuts a batch into parts of at most `size` examples. */
export const cutRows = <Row>(rows: readonly Row[], size: number): readonly (readonly Row[])[] =>
  Array.from({ length: Math.ceil(rows.length / Math.min(size, rows.length)) }, (_, index) =>
    rows.slice(index * size, (index + 1) * size),
  );
