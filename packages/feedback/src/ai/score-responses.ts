import type { Conversation, RewardSource, TextModel } from "@accord-rl/core";
import { askApart, isRefused } from "../models/refusals.ts";
import { littleProbability, refused } from "./abstention.ts";
import { haveProbability } from "./read-preference.ts";
import type { SingleResponse } from "./verdict-reward.ts";

/** A reward that is read from the log-probabilities of a few candidates, each response by itself. */
export const scoreResponses = ({
  model,
  ask,
  candidates,
  minimumProbability,
  scoreOf,
}: {
  readonly model: TextModel;
  readonly ask: (response: SingleResponse) => Conversation;
  readonly candidates: readonly string[];
  /** Of all candidates together. */
  readonly minimumProbability: number;
  /** null where they can't be read. */
  readonly scoreOf: (logProbs: readonly number[]) => number | null;
}): RewardSource<SingleResponse> => {
  const score = async (conversations: readonly Conversation[]) =>
    (await model.scoreCandidates?.(conversations, candidates)) ?? [];
  return async (responses, { onAbstain } = {}) => {
    const rows = await askApart(model, responses.map(ask), score);
    return rows.map((row, i) => {
      const isUnlikely = !isRefused(row) && !haveProbability(row, minimumProbability);
      const value = isRefused(row) || isUnlikely ? null : scoreOf(row);
      if (value === null) onAbstain?.(i, isRefused(row) ? refused(row) : littleProbability);
      return value;
    });
  };
};
