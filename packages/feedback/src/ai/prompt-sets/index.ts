import type { PromptSet } from "../prompt-set.ts";
import { classificationPrompts } from "./classification.ts";
import { dialoguePrompts } from "./dialogue.ts";
import { harmlessnessPrompts } from "./harmlessness.ts";
import { helpfulnessPrompts } from "./helpfulness.ts";
import { sentimentPrompts } from "./sentiment.ts";
import { summarizationPrompts } from "./summarization.ts";
import { translationPrompts } from "./translation.ts";

/** The prompt sets by name, for command lines. */
export const promptSets: Readonly<Record<string, PromptSet>> = Object.fromEntries(
  [
    summarizationPrompts,
    helpfulnessPrompts,
    harmlessnessPrompts,
    dialoguePrompts,
    classificationPrompts,
    translationPrompts,
    sentimentPrompts,
  ].map((set) => [set.name, set]),
);
