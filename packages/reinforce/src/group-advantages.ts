import { InvalidArgumentError, ShapeError } from "@accord-rl/core";
import { checkSameShapes, checkShape } from "@accord-rl/math";
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

/** Members [B, G]: 1 where the sequence is of the group. */
const memberships = (groups: Int32Array): Tensor2D => {
  const columns = new Map([...new Set(groups)].map((group, column) => [group, column]));
  const members = new Float32Array(groups.length * columns.size);
  groups.forEach((group, row) => {
    members[row * columns.size + columns.get(group)!] = 1;
  });
  return tf.tensor2d(members, [groups.length, columns.size]);
};

/** Scores around their group's mean, how many of the group count, and what sums over groups. All [B, 1]. */
const centred = (where: string, { scores, takesPart, groups }: GroupedScores) => {
  checkShape(where, "scores", scores, ["B"]);
  checkSameShapes(where, { scores, takesPart });
  if (groups.length !== scores.shape[0]) {
    throw new ShapeError({ where, tensor: "groups", actual: [groups.length], expected: scores.shape });
  }
  const members = memberships(groups); // [B, G]
  const inGroup = (column: tf.Tensor): tf.Tensor => tf.matMul(members, tf.matMul(members, column, true)); // [B, 1]
  const counts = tf.reshape(takesPart, [-1, 1]); // [B, 1]
  const size = inGroup(counts);
  const mean = tf.div(inGroup(tf.mul(tf.reshape(scores, [-1, 1]), counts)), tf.maximum(size, 1));
  const deviations = tf.mul(tf.sub(tf.reshape(scores, [-1, 1]), mean), counts);
  return { deviations, size, inGroup };
};

const flat = (column: tf.Tensor): Tensor1D => tf.reshape(column, [-1]);

/**
 * Score minus the mean score of the group's other members: Â_i = R_i − (ΣR − R_i)/(k − 1) = k/(k − 1)·(R_i − R̄).
 *
 * Unbiased: the baseline does not depend on the sample. A member that is alone with its score gets 0.
 *
 * @returns [B].
 * @see Kool et al. 2019; Ahmadian et al. 2024, eq. 8 (RLOO). https://arxiv.org/abs/2402.14740
 */
export const leaveOneOutAdvantages: GroupAdvantage = (inputs) =>
  tf.tidy(() => {
    const { deviations, size } = centred("leaveOneOutAdvantages", inputs);
    return flat(tf.mul(deviations, tf.div(size, tf.maximum(tf.sub(size, 1), 1))));
  });

/**
 * Score minus the group's mean: Â_i = R_i − R̄.
 *
 * @returns [B].
 * @see Liu et al. 2025, §3.2 (Dr. GRPO). https://arxiv.org/abs/2503.20783
 */
export const groupMeanAdvantages: GroupAdvantage = (inputs) =>
  tf.tidy(() => flat(centred("groupMeanAdvantages", inputs).deviations));

/**
 * Scores standardised within their group: Â_i = (R_i − R̄)/(σ + ε), σ² = Σ(R − R̄)²/(k − 1).
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
      const { deviations, size, inGroup } = centred("groupStandardizedAdvantages", inputs);
      const variance = tf.div(inGroup(tf.square(deviations)), tf.maximum(tf.sub(size, 1), 1));
      return flat(tf.div(deviations, tf.add(tf.sqrt(variance), epsilon)));
    });
};
