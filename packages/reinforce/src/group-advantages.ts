import { InvalidArgumentError, ShapeError } from "@accord-rl/core";
import { centerRows, checkSameShapes, checkShape } from "@accord-rl/math";
import type { Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";

/** Scores of whole sequences that are compared within their group. */
export interface GroupedScores {
  /** [B] one score per sequence. */
  readonly scores: Tensor1D;
  /** [B] 1 = it has a score; the others count nowhere and get 0. */
  readonly takesPart: Tensor1D;
  /** [B] Same prompt, same number. */
  readonly groups: Int32Array;
}

/** [B] scores to [B] advantages. */
export type GroupAdvantage = (inputs: GroupedScores) => Tensor1D;

/** Where each sequence stands in a table of one row per group, as wide as the largest. */
const tableOf = (groups: Int32Array) => {
  const members = new Map<number, number[]>();
  groups.forEach((group, sequence) => {
    const row = members.get(group);
    if (row === undefined) members.set(group, [sequence]);
    else row.push(sequence);
  });
  const rows = [...members.values()];
  const width = rows.reduce((widest, { length }) => Math.max(widest, length), 0);
  const [sequences, isFilled] = [new Int32Array(rows.length * width), new Float32Array(rows.length * width)];
  const places = new Int32Array(groups.length);
  for (const [row, ofRow] of rows.entries()) {
    for (const [column, sequence] of ofRow.entries()) {
      const place = row * width + column;
      sequences[place] = sequence;
      isFilled[place] = 1;
      places[sequence] = place;
    }
  }
  return { shape: [rows.length, width] as [number, number], sequences, isFilled, places };
};

/** Scores around their group's mean, as a table of groups: [G, K], and what takes that back to [B]. */
const centeredScores = (where: string, { scores, takesPart, groups }: GroupedScores) => {
  checkShape(where, "scores", scores, ["B"]);
  checkSameShapes(where, { scores, takesPart });
  if (groups.length !== scores.shape[0]) {
    throw new ShapeError({ where, tensor: "groups", actual: [groups.length], expected: scores.shape });
  }
  const { shape, sequences, isFilled, places } = tableOf(groups);
  const inTable = (perSequence: Tensor1D): Tensor2D =>
    tf.reshape(tf.gather(perSequence, tf.tensor1d(sequences, "int32")), shape);
  const mask = tf.mul<Tensor2D>(inTable(takesPart), tf.tensor2d(isFilled, shape)); // [G, K]
  return {
    ...centerRows(where, inTable(scores), mask),
    perSequence: (table: tf.Tensor): Tensor1D =>
      tf.gather(tf.reshape(table, [-1]), tf.tensor1d(places, "int32")),
  };
};

/**
 * Score minus the mean score of the group's other members: Â_i = R_i − (ΣR − R_i)/(k − 1) = k/(k − 1)·(R_i − R̄).
 *
 * Unbiased: the baseline does not depend on the sample. Equal scores give exactly 0, and so does a member that is alone
 * with its score.
 *
 * @returns [B].
 * @see Kool et al. 2019; Ahmadian et al. 2024, eq. 8 (RLOO). https://arxiv.org/abs/2402.14740
 */
export const leaveOneOutAdvantages: GroupAdvantage = (inputs) =>
  tf.tidy(() => {
    const { centered, counts, perSequence } = centeredScores("leaveOneOutAdvantages", inputs);
    return perSequence(tf.mul(centered, tf.div(counts, tf.maximum(tf.sub(counts, 1), 1))));
  });

/**
 * Score minus the group's mean: Â_i = R_i − R̄. Equal scores give exactly 0.
 *
 * @returns [B].
 * @see Liu et al. 2025, §3.2 (Dr. GRPO). https://arxiv.org/abs/2503.20783
 */
export const groupMeanAdvantages: GroupAdvantage = (inputs) =>
  tf.tidy(() => {
    const { centered, perSequence } = centeredScores("groupMeanAdvantages", inputs);
    return perSequence(centered);
  });

/**
 * Scores standardised within their group: Â_i = (R_i − R̄)/(σ + ε), σ² = Σ(R − R̄)²/(k − 1). Equal scores
 * give exactly 0.
 *
 * @param epsilon  added to the deviation. Default 1e-4 (TRL); verl adds 1e-6, OpenRLHF 1e-9.
 * @returns of [B].
 * @see Shao et al. 2024, §4.1.2 (GRPO). https://arxiv.org/abs/2402.03300
 */
export const groupStandardizedAdvantages = ({
  epsilon = 1e-4,
}: {
  readonly epsilon?: number;
} = {}): GroupAdvantage => {
  if (!(epsilon > 0 && Number.isFinite(epsilon))) {
    throw new InvalidArgumentError({
      argument: "epsilon",
      value: epsilon,
      message: `groupStandardizedAdvantages: epsilon is ${epsilon}, expected a number above 0: groups of equal scores have no deviation`,
    });
  }
  return (inputs) =>
    tf.tidy(() => {
      const { centered, squares, counts, perSequence } = centeredScores(
        "groupStandardizedAdvantages",
        inputs,
      );
      const deviation = tf.sqrt(tf.div(squares, tf.maximum(tf.sub(counts, 1), 1))); // [G, 1]
      return perSequence(tf.div(centered, tf.add(deviation, epsilon)));
    });
};
