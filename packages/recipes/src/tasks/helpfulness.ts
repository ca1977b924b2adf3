import { fetchAsset } from "@accord-rl/assets";
import { alpacaEval, readRecords, toPreferences } from "@accord-rl/data";
import { fromItems, type ItemSources, type TaskItem } from "./from-items.ts";
import { grounding, likeness } from "./measures.ts";

const data = "alpaca-eval";

const load = async ({ log = () => {} }: ItemSources): Promise<TaskItem[]> => {
  const { files } = await fetchAsset(data, { log });
  const preferences = toPreferences(await readRecords(files["gpt4.json"], alpacaEval));
  return preferences.map(({ prompt, chosen, rejected }) => ({
    prompt: [{ role: "user", content: prompt }],
    chosen,
    rejected,
  }));
};

/** Instructions are followed. */
export const loadHelpfulnessTask = fromItems({
  data,
  load,
  words: {
    title: "Helpful answers from AI preferences",
    texts: "answers",
    prompts: "instructions",
    pairs:
      "Learned from pairs of answers to AlpacaFarm's instructions, of which GPT-4 preferred one. It prefers the longer one in two of three cases: see how far length alone gets.",
    gold: "ROUGE-L against the preferred answer",
    goldName: "ROUGE-L",
    secondJudge: "the share of the instruction's words that the answer takes up",
  },
  gold: (response, { chosen }) => likeness(response, chosen),
  secondJudge: (response, { prompt }) => grounding(prompt[0]!.content, response),
});
