import { loadClassificationTask } from "./classification.ts";
import { loadDialogueTask } from "./dialogue.ts";
import { loadHelpfulnessTask } from "./helpfulness.ts";
import { loadSentimentTask } from "./sentiment.ts";
import { loadSummarizationTask } from "./summarization.ts";
import type { LoadTask } from "./task.ts";
import { loadTranslationTask } from "./translation.ts";

/** By name. */
export const tasks = {
  sentiment: loadSentimentTask,
  summarization: loadSummarizationTask,
  dialogue: loadDialogueTask,
  classification: loadClassificationTask,
  translation: loadTranslationTask,
  helpfulness: loadHelpfulnessTask,
} as const satisfies Record<string, LoadTask>;

export type TaskName = keyof typeof tasks;

/** Lengths that fit a task, in a context of 256 tokens; those of sentiment are the defaults. */
export const taskLengths: Readonly<Record<TaskName, { promptTokens?: number; responseTokens?: number }>> = {
  sentiment: {},
  summarization: { promptTokens: 176, responseTokens: 64 },
  dialogue: { promptTokens: 176, responseTokens: 32 },
  classification: { promptTokens: 80, responseTokens: 4 },
  translation: { promptTokens: 96, responseTokens: 64 },
  helpfulness: { promptTokens: 96, responseTokens: 96 },
};
