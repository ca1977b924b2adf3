import { interpret } from "@accord-rl/core";
import type { LabeledText } from "@accord-rl/data";
import type { TaskSources } from "./task.ts";
import type { FullTaskSettings } from "./task-settings.ts";
import { writeStories } from "./write-stories.ts";

/** Texts that prompts are cut from: for training, and held out. */
export const promptTexts = async (
  settings: FullTaskSettings,
  { model, tokenizer, random, compile = interpret }: TaskSources,
  reviews: { readonly prompts: readonly LabeledText[]; readonly heldOutPrompts: readonly LabeledText[] },
): Promise<Record<"prompts" | "heldOutPrompts", readonly string[]>> => {
  if (settings.promptSource === "reviews") {
    const textsOf = (items: readonly LabeledText[]) => items.map(({ text }) => text);
    return { prompts: textsOf(reviews.prompts), heldOutPrompts: textsOf(reviews.heldOutPrompts) };
  }
  // Many stories begin alike, and prompts are all different: more are written than are needed.
  const stories = await writeStories(model, {
    tokenizer,
    count: 4 * (settings.prompts + settings.heldOutPrompts),
    tokens: 2 * settings.promptTokens,
    random: random.fork("stories"),
    compile,
  });
  return { prompts: stories, heldOutPrompts: stories };
};
