import type { Conversation } from "@accord-rl/core";
import { fromItems, type TaskItem } from "./from-items.ts";
import { grounding, likeness } from "./measures.ts";
import type { LoadTask, TaskWords } from "./task.ts";

/** A prompt with the answer that was preferred and the one that was not. A plain prompt is a user's turn. */
export interface PreferenceRow {
  readonly prompt: string | Conversation;
  readonly chosen: string;
  readonly rejected: string;
}

export interface PreferenceTaskOptions {
  /** How good a response to the prompt of a row is; no training sees it. Default: ROUGE-L against the chosen answer. */
  readonly gold?: (response: string, row: TaskItem) => number;
  /** How reports speak of it. */
  readonly words?: Partial<TaskWords>;
}

const asItem = ({ prompt, ...answers }: PreferenceRow): TaskItem => ({
  ...answers,
  prompt: typeof prompt === "string" ? [{ role: "user", content: prompt }] : prompt,
});

const ownWords: TaskWords = {
  title: "Answers that people prefer",
  data: "own rows",
  texts: "answers",
  prompts: "prompts",
  pairs: "Learned from chosen answers over rejected ones.",
  gold: "ROUGE-L against the chosen answer",
  goldName: "ROUGE-L",
  secondJudge: "the share of the answer's words that the prompt has too",
};

/** A task of preferences of one's own. Rows are dealt out by the seed, each of them for one purpose only. */
export const preferenceTask = (
  rows: readonly PreferenceRow[],
  { gold = (response, { chosen }) => likeness(response, chosen), words = {} }: PreferenceTaskOptions = {},
): LoadTask => {
  const all = { ...ownWords, ...words };
  return fromItems({
    data: all.data,
    load: async () => rows.map(asItem),
    words: all,
    gold,
    secondJudge: (response, { prompt }) =>
      grounding(response, prompt.map(({ content }) => content).join("\n")),
  });
};
