import type { Interval } from "@accord-rl/evaluation";
import type { ResamplingOptions } from "../../statistics/resampling.ts";
import { groupByPair, latestJudgements } from "../duplicates.ts";
import { choiceProbability, isRatingJudgement, type Judgement } from "../judgement.ts";
import { interval, nominal } from "./differences.ts";
import { type ItemLabels, krippendorffInterval } from "./krippendorff.ts";

/** Labels by item and worker, as the measures of agreement take them. */
export interface LabelMatrix {
  readonly ids: readonly string[];
  readonly workers: readonly string[];
  /** [ids × workers] */
  readonly items: readonly ItemLabels[];
}

const matrixOf = (rows: readonly { id: string; worker: string; label: number }[]): LabelMatrix => {
  const ids = [...new Set(rows.map(({ id }) => id))];
  const workers = [...new Set(rows.map(({ worker }) => worker))];
  const keyed = new Map(rows.map(({ id, worker, label }) => [JSON.stringify([id, worker]), label]));
  const items = ids.map((id) => workers.map((worker) => keyed.get(JSON.stringify([id, worker])) ?? null));
  return { ids, workers, items };
};

/** Choices as labels: 1 = the first response, ½ = a tie, 0 = the second. */
export const choiceMatrix = (judgements: readonly Judgement[]): LabelMatrix =>
  matrixOf(
    groupByPair(judgements).flatMap(({ id, judgements: group }) =>
      group.map(({ worker, choice }) => ({ id, worker, label: choiceProbability(choice) })),
    ),
  );

/** Ratings as labels. */
export const ratingMatrix = (judgements: readonly Judgement[]): LabelMatrix =>
  matrixOf(
    latestJudgements(judgements.filter(isRatingJudgement)).judgements.map(({ id, worker, rating }) => ({
      id,
      worker,
      label: rating,
    })),
  );

/** Agreement of workers on which response is better: Krippendorff's alpha of the three choices, with its interval. */
export const choiceAgreement = (judgements: readonly Judgement[], options: ResamplingOptions): Interval =>
  krippendorffInterval(choiceMatrix(judgements).items, { ...options, difference: nominal });

/** Agreement of workers on scores: Krippendorff's alpha of an interval scale, with its interval. */
export const ratingAgreement = (judgements: readonly Judgement[], options: ResamplingOptions): Interval =>
  krippendorffInterval(ratingMatrix(judgements).items, { ...options, difference: interval });
