import { type LabeledPreference, type Labeler, type RewardSource, refuse, type Score } from "@accord-rl/core";
import type { ResponsePair } from "../pair.ts";

import { tellOnce } from "./abstention.ts";
import { probabilityOf } from "./probability.ts";
import type { SingleResponse } from "./verdict-reward.ts";

/**
 * Compares responses by what each is worth alone: a labeler without an order to be biased by.
 *
 *   P(first) = σ((r(first) − r(second)) / scale)
 *
 * Exchanging the responses turns P into 1 − P to the last bit. Abstains where the source does.
 *
 * @param options.scale  difference in reward that makes odds of e to 1; fit it on a few human labels. Default 1.
 * @throws InvalidArgumentError for a scale that is not positive, and for a source that scores token by token.
 * @see Bradley & Terry 1952.
 */
export const labelByScores = ({
  source,
  name,
  scale = 1,
}: {
  readonly source: RewardSource<SingleResponse>;
  /** What the labels' `source` says. */
  readonly name: string;
  readonly scale?: number;
}): Labeler<ResponsePair> => {
  if (!(scale > 0 && Number.isFinite(scale))) refuse("labelByScores", "scale", scale, "a positive number");
  return {
    label: async (pairs, { onAbstain } = {}) => {
      const responses = pairs.flatMap(({ prompt, first, second }) => [
        { prompt, response: first },
        { prompt, response: second },
      ]);
      const given = await source(
        responses,
        tellOnce(onAbstain, (index) => Math.floor(index / 2)),
      );
      const scores: readonly Score[] = "scores" in given ? given.scores : given;
      return pairs.map((_, i): LabeledPreference | null => {
        const [first, second] = [scores[2 * i] ?? null, scores[2 * i + 1] ?? null];
        if (first === null || second === null) return null;
        if (typeof first !== "number" || typeof second !== "number") {
          return refuse(
            "labelByScores",
            "source",
            "scores per token",
            "a source that gives one number per response",
          );
        }
        // tanh is odd in floating point: σ(x) = ½ + ½·tanh(x/2).
        return { probability: probabilityOf(Math.tanh((first - second) / (2 * scale))), source: name };
      });
    },
  };
};
