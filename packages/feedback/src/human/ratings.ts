import { mean, standardDeviation } from "@accord-rl/evaluation";
import { contentId } from "./content-id.ts";
import { latestJudgements } from "./duplicates.ts";
import {
  isPairJudgement,
  isRatingJudgement,
  type Judgement,
  type PairJudgement,
  type RatingJudgement,
} from "./judgement.ts";

const groupBy = <T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> => {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const name = key(item);
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [item]);
    else group.push(item);
  }
  return groups;
};

/**
 * Ratings on each worker's own scale: (rating − the worker's mean)/the worker's deviation. Takes away that some are
 * strict and some use only the ends; it takes away real differences too where workers rated different kinds of items.
 * A worker who gave one rating, or always the same, says nothing: 0.
 *
 * @returns as many as are left of the ratings when duplicates are resolved, in order.
 */
export const standardizeRatings = (judgements: readonly Judgement[]): RatingJudgement[] => {
  const ratings = latestJudgements(judgements.filter(isRatingJudgement)).judgements;
  const scales = new Map(
    [...groupBy(ratings, ({ worker }) => worker)].map(([worker, group]) => {
      const values = group.map(({ rating }) => rating);
      return [worker, { centre: mean(values), spread: standardDeviation(values) }];
    }),
  );
  return ratings.map((judgement) => {
    const { centre, spread } = scales.get(judgement.worker) as { centre: number; spread: number };
    return { ...judgement, rating: spread > 0 ? (judgement.rating - centre) / spread : 0 };
  });
};

/** A pair named by its texts, whatever their order. */
const pairId = (prompt: string, first: string, second: string): string =>
  contentId(prompt, ...[first, second].sort());

const comparePairs = (
  judged: Pick<PairJudgement, "prompt" | "worker">,
  responses: readonly string[],
  /** Higher is better. */
  scores: readonly number[],
): PairJudgement[] =>
  responses.flatMap((first, i) =>
    responses.slice(i + 1).map((second, offset) => {
      const gap = (scores[i] as number) - (scores[i + 1 + offset] as number);
      return {
        id: pairId(judged.prompt, first, second),
        prompt: judged.prompt,
        worker: judged.worker,
        responses: [first, second] as const,
        choice: gap > 0 ? ("first" as const) : gap < 0 ? ("second" as const) : ("tie" as const),
      };
    }),
  );

/**
 * Everything as comparisons of two responses: pairs as they are, rankings as all pairs of their responses, and ratings
 * as pairs of the responses that one worker rated for one prompt. A worker is compared only with themself, so scales
 * don't matter.
 */
export const pairwiseJudgements = (judgements: readonly Judgement[]): PairJudgement[] => {
  const { judgements: latest } = latestJudgements(judgements);
  const ratings = latest.filter(isRatingJudgement);
  const rated = [...groupBy(ratings, ({ worker, prompt }) => JSON.stringify([worker, prompt])).values()];
  return [
    ...latest.filter(isPairJudgement),
    ...latest.flatMap((judgement) =>
      "ranks" in judgement
        ? comparePairs(
            judgement,
            judgement.responses,
            judgement.ranks.map((rank) => -rank),
          )
        : [],
    ),
    ...rated.flatMap((group) =>
      comparePairs(
        group[0] as RatingJudgement,
        group.map(({ responses }) => responses[0]),
        group.map(({ rating }) => rating),
      ),
    ),
  ];
};
