import {
  InvalidArgumentError,
  type RewardSource,
  requireNumber,
  type Score,
  type TextSample,
} from "@accord-rl/core";

import { momentsOf } from "./moments.ts";
import { combineElements, type ReadScores, readScores, totalScore } from "./scores.ts";

export interface WeightedSource<Sample> {
  readonly source: RewardSource<Sample>;
  /** May be negative: a penalty. */
  readonly weight: number;
  /** Changes the scores of a batch before they are weighed, such as `standardize`. Scores per token are summed first. */
  readonly normalize?: (scores: readonly number[]) => readonly number[];
}

export interface CombineOptions {
  /**
   * A sample on which some sources abstain: false (default) = the mix abstains too; true = the others' weights are
   * scaled up so that Σ|weight| stays. All abstaining always abstains.
   */
  readonly reweight?: boolean;
}

/** Mean 0, deviation 1 (÷ n) within the batch; all zeros where nothing varies. */
export const standardize = (scores: readonly number[]): number[] => {
  const { mean, deviation } = momentsOf(scores);
  return scores.map((score) => (deviation > 0 ? (score - mean) / deviation : 0));
};

/**
 * A fixed change of scale, (score − μ)/σ with μ and σ (÷ n) of reference scores: unlike `standardize`, a sample's score
 * doesn't depend on its batch, and weights that were fitted on this scale stay right.
 *
 * @throws InvalidArgumentError where the reference scores don't vary.
 */
export const standardizeLike = (
  reference: readonly number[],
): ((scores: readonly number[]) => readonly number[]) => {
  const { mean, deviation } = momentsOf(reference);
  requireNumber("standardizeLike", "deviation of the reference scores", deviation, [
    Number.MIN_VALUE,
    Number.POSITIVE_INFINITY,
  ]);
  return (scores) => scores.map((score) => (score - mean) / deviation);
};

const where = "combineRewards";

/** Applies `normalize` to the samples that have a score. */
const normalized = (
  { scores, uncertainties }: ReadScores,
  normalize: WeightedSource<unknown>["normalize"],
): ReadScores => {
  if (normalize === undefined) return { scores, ...(uncertainties && { uncertainties }) };
  const present = scores.flatMap((score) => (score === null ? [] : [totalScore(score)]));
  const changed = normalize(present)[Symbol.iterator]();
  return { scores: scores.map((score) => (score === null ? null : (changed.next().value as number))) };
};

/**
 * A weighted sum of reward sources: Σ w·score. All are asked at the same time.
 *
 * Uncertainties, where sources report them, add up as those of independent errors: √Σ (w·u)²; a source that reports
 * none, or whose scores are normalised, counts as certain.
 */
export const combineRewards = <Sample = TextSample>(
  sources: readonly WeightedSource<Sample>[],
  { reweight = false }: CombineOptions = {},
): RewardSource<Sample> => {
  if (sources.length === 0) {
    throw new InvalidArgumentError({
      argument: "sources",
      value: sources,
      message: `${where}: got no source, expected at least one`,
    });
  }
  const totalWeight = sources.reduce(
    (sum, { weight }, index) => sum + Math.abs(requireNumber(where, `sources[${index}].weight`, weight)),
    0,
  );
  return async (samples) => {
    const all = await Promise.all(
      sources.map(async ({ source, normalize }) =>
        normalized(readScores(where, await source(samples), samples.length), normalize),
      ),
    );
    const uncertain = all.some(({ uncertainties }) => uncertainties);
    const rows = samples.map((_, index): { score: Score; uncertainty: number } => {
      const present = all.flatMap(({ scores, uncertainties }, position) => {
        const score = scores[index] as Score;
        const { weight } = sources[position] as WeightedSource<Sample>;
        return score === null ? [] : [{ score, weight, uncertainty: uncertainties?.[index] ?? 0 }];
      });
      if (present.length === 0 || (present.length < sources.length && !reweight)) {
        return { score: null, uncertainty: 0 };
      }
      const presentWeight = present.reduce((sum, { weight }) => sum + Math.abs(weight), 0);
      const scale = present.length < sources.length && presentWeight > 0 ? totalWeight / presentWeight : 1;
      const weights = present.map(({ weight }) => scale * weight);
      return {
        score: combineElements(
          where,
          present.map(({ score }) => score),
          (values) => values.reduce((sum, value, position) => sum + (weights[position] as number) * value, 0),
        ),
        uncertainty: Math.hypot(
          ...present.map(({ uncertainty }, position) => (weights[position] as number) * uncertainty),
        ),
      };
    });
    const scores = rows.map(({ score }) => score);
    return uncertain ? { scores, uncertainties: rows.map(({ uncertainty }) => uncertainty) } : scores;
  };
};
