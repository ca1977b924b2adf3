import type { LabeledText } from "@accord-rl/data";
import type { Options } from "../options.ts";
import { writeStories } from "../write-stories.ts";
import { promptCount, type TaskSources } from "./task.ts";

/** Texts that prompts are cut from: for training, and held out. */
export const promptTexts = async (
  options: Options,
  { model, tokenizer, random, compile }: TaskSources,
  reviews: { readonly prompts: readonly LabeledText[]; readonly heldOutPrompts: readonly LabeledText[] },
): Promise<Record<"prompts" | "heldOutPrompts", readonly string[]>> => {
  if (options.promptSource === "reviews") {
    const textsOf = (items: readonly LabeledText[]) => items.map(({ text }) => text);
    return { prompts: textsOf(reviews.prompts), heldOutPrompts: textsOf(reviews.heldOutPrompts) };
  }
  // Many stories begin alike, and prompts are all different: more are written than are needed.
  const stories = await writeStories(model, {
    tokenizer,
    count: 4 * (promptCount(options) + options.evaluationPrompts),
    tokens: 2 * options.promptTokens,
    random: random.fork("stories"),
    compile,
  });
  return { prompts: stories, heldOutPrompts: stories };
};
