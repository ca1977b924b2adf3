import { DataError } from "@accord-rl/core";
import type { LabeledText } from "@accord-rl/data";
import { fitBagOfWords } from "@accord-rl/reward-model";

/** Reviews that the second judge learns from; nothing else sees them. */
const judgeReviews = 2000;

/**
 * Probability that a review was a liked one, by its words: a classifier trained on reviews of its own.
 * @throws DataError when the reviews are too few to have both kinds among them.
 */
export const fitSecondJudge = (
  reviews: readonly LabeledText[],
  { path, count }: { readonly path: string; readonly count: number },
): ((texts: readonly string[]) => number[]) => {
  for (const label of [0, 1] as const) {
    if (reviews.some((review) => review.label === label)) continue;
    const message = `${count} different reviews are too few to be dealt out: give some hundreds at least, liked (s: 1) and disliked (s: 0)`;
    throw new DataError({ path, message });
  }
  const judge = fitBagOfWords(reviews.slice(0, judgeReviews));
  return (texts) => judge(texts).map((logOdds) => 1 / (1 + Math.exp(-logOdds)));
};
