import {
  InvalidArgumentError,
  meanOf,
  type RewardSource,
  requireNumber,
  type Score,
  type TextSample,
} from "@accord-rl/core";

import { momentsOf } from "./moments.ts";
import { combineElements, readScores, totalScore } from "./scores.ts";

/** Makes one score of the members' scores of a sample. */
export type EnsembleRule = (scores: readonly number[]) => number;

/** The mean of the members. */
export const ensembleMean: EnsembleRule = meanOf;

/** The worst member (worst-case optimization): trusts what all agree on. @see Coste et al. 2023. https://arxiv.org/abs/2310.02743 */
export const ensembleMinimum: EnsembleRule = (scores) => Math.min(...scores);

/**
 * mean − λ·variance (÷ k) of the members (uncertainty-weighted optimization).
 *
 * @param penalty  λ ≥ 0.
 * @see Coste et al. 2023. https://arxiv.org/abs/2310.02743
 */
export const uncertaintyWeighted = (penalty: number): EnsembleRule => {
  requireNumber("uncertaintyWeighted", "penalty", penalty, [0, Number.POSITIVE_INFINITY]);
  return (scores) => meanOf(scores) - penalty * momentsOf(scores).deviation ** 2;
};

/**
 * Several reward models as one source: scores by the rule, uncertainties the members' standard deviation (÷ k) of a
 * sample's total score. Abstains on a sample when any member does.
 */
export const createEnsemble = <Sample = TextSample>(
  members: readonly RewardSource<Sample>[],
  rule: EnsembleRule,
): RewardSource<Sample> => {
  const where = "createEnsemble";
  if (members.length === 0) {
    throw new InvalidArgumentError({
      argument: "members",
      value: members,
      message: `${where}: got no member, expected at least one`,
    });
  }
  return async (samples) => {
    const all = await Promise.all(
      members.map(async (member) => readScores(where, await member(samples), samples.length).scores),
    );
    const rows = samples.map((_, index) => all.map((scores) => scores[index] as Score));
    const spoken = rows.map((row) => (row.includes(null) ? null : (row as (number | readonly number[])[])));
    return {
      scores: spoken.map((row) => (row === null ? null : combineElements(where, row, rule))),
      uncertainties: spoken.map((row) => (row === null ? 0 : momentsOf(row.map(totalScore)).deviation)),
    };
  };
};
