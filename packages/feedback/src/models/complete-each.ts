import type { AbstainOptions, CompleteOptions, Conversation, TextModel } from "@accord-rl/core";
import { refused } from "../ai/abstention.ts";
import { askApart, isRefused } from "./refusals.ts";
import { withoutThoughts } from "./thoughts.ts";

/**
 * What a model says to each conversation, without its thoughts; null where it refuses one, which costs only that one.
 *
 * @throws what the model throws that is no refusal.
 */
export const completeEach = async (
  model: TextModel,
  conversations: readonly Conversation[],
  { onAbstain, ...options }: CompleteOptions & AbstainOptions,
): Promise<readonly (string | null)[]> => {
  const answers = await askApart(model, conversations, (some) => model.complete(some, options));
  return answers.map((answer, index) => {
    if (!isRefused(answer)) return withoutThoughts(answer.text).answer;
    onAbstain?.(index, refused(answer));
    return null;
  });
};
