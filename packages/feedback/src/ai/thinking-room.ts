import type { CompleteOptions, Completion, Conversation, TextModel } from "@accord-rl/core";
import { wasThinking } from "../models/thoughts.ts";
import { addUsage, noUsage } from "./usage.ts";

/** Reasoning models that judge write some hundred to some thousand tokens; what isn't written costs nothing. */
export const defaultThinkingTokens = 4096;

/** Completes conversations, and asks again with more room where the model was cut off while it still thought. */
export const completeWithRoom = async (
  model: TextModel,
  conversations: readonly Conversation[],
  { thinkingTokens, ...options }: CompleteOptions & { readonly thinkingTokens: number },
): Promise<readonly Completion[]> => {
  const completions = [...(await model.complete(conversations, options))];
  const thinking = completions.flatMap((completion, i) => (wasThinking(completion) ? [i] : []));
  if (thinkingTokens === 0 || thinking.length === 0) return completions;
  const again = await model.complete(
    thinking.map((i) => conversations[i]!),
    { ...options, maxNewTokens: options.maxNewTokens + thinkingTokens },
  );
  thinking.forEach((i, at) => {
    const usage = addUsage(addUsage(noUsage, completions[i]!), again[at]!);
    completions[i] = { ...again[at]!, ...usage };
  });
  return completions;
};
