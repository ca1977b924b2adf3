import { fetchAsset } from "@accord-rl/assets";
import { readRecords } from "@accord-rl/data";
import { words } from "@accord-rl/evaluation";
import { z } from "zod";
import { fromItems, type ItemSources, type TaskItem } from "./from-items.ts";

const data = "sentiment-sentences";
const instruction = "Is the following review positive or negative? Answer with one word.";
const labels = ["negative", "positive"] as const;
const label = z.union([z.literal(0), z.literal(1)]);
/** The last row of each file is empty. */
const rowSchema = z.object({ text: z.string(), class: label.nullable() });

const load = async ({ log = () => {} }: ItemSources): Promise<TaskItem[]> => {
  const { files } = await fetchAsset(data, { log });
  const rows = await Promise.all(Object.values(files).map((file) => readRecords(file, rowSchema)));
  return rows.flat().flatMap(({ text, class: label }): TaskItem[] => {
    if (label === null) return [];
    const prompt = [
      { role: "system" as const, content: instruction },
      { role: "user" as const, content: text.trim() },
    ];
    return [{ prompt, chosen: labels[label], rejected: labels[1 - label]! }];
  });
};

const answerOf = (response: string): string => words(response)[0] ?? "";

/** Sentences of reviews are called positive or negative, as people did. */
export const loadClassificationTask = fromItems({
  data,
  load,
  words: {
    title: "Labels as text",
    texts: "labelled sentences",
    prompts: "sentences",
    pairs: "Learned from the right label over the wrong one.",
    gold: "exact match: whether the answer's first word is the right label",
    goldName: "exact match",
    secondJudge: "whether the answer's first word is a label at all",
  },
  gold: (response, { chosen }) => Number(answerOf(response) === chosen),
  secondJudge: (response, { chosen, rejected }) => Number([chosen, rejected].includes(answerOf(response))),
});
