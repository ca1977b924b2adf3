import type { Conversation, TextModel } from "@accord-rl/core";
import { createTestModel, lastContent } from "../models/test-model.ts";
import type { ResponsePair } from "../pair.ts";
import { type PromptSet, promptSetSchema } from "./prompt-set.ts";

/** A prompt set whose two responses can be found again. */
export const markedPrompts: PromptSet = promptSetSchema.parse({
  name: "marked",
  preamble: "Judge.",
  sample: "{prompt}\n<1>{first}</1>\n<2>{second}</2>",
  ending: "1 or 2?",
  thinking: "Why?",
  labels: ["1", "2"],
  exemplars: [
    { prompt: "p", first: "good", second: "bad", preferred: "first", rationale: "because" },
    { prompt: "q", first: "bad", second: "good", preferred: "second" },
  ],
});

export const pairOf = (first: string, second: string, prompt = "Q"): ResponsePair => ({
  id: `${prompt}/${first}/${second}`,
  prompt,
  first,
  second,
});

/** The two responses of the sample that a conversation ends with, as they are shown. */
export const shownIn = (conversation: Conversation): [string, string] => {
  const found = [
    ...conversation
      .map(({ content }) => content)
      .join("\n")
      .matchAll(/<1>(.*?)<\/1>\n<2>(.*?)<\/2>/gs),
  ].at(-1)!;
  return [found[1]!, found[2]!];
};

/** Logits that like a text for what `quality` says, and whatever stands first for its place. */
export const createBiasedJudge = (quality: (text: string) => number, bias: number): TextModel =>
  createTestModel({
    score: (conversation) => {
      const [first, second] = shownIn(conversation);
      return [quality(first) + bias - 2, quality(second) - 2];
    },
    say: (conversation) => {
      if (lastContent(conversation).endsWith("Why?")) return "They differ.";
      const [first, second] = shownIn(conversation);
      return quality(first) + bias > quality(second) ? "1" : "2";
    },
  });
