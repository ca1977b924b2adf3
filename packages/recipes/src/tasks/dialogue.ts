import { fetchAsset } from "@accord-rl/assets";
import { haluEval, readRecords } from "@accord-rl/data";
import { chrf } from "@accord-rl/evaluation";
import { fromItems, type ItemSources, type TaskItem } from "./from-items.ts";
import { grounding } from "./measures.ts";

const data = "halueval";

const load = async ({ log = () => {} }: ItemSources): Promise<TaskItem[]> => {
  const { files } = await fetchAsset(data, { log });
  const pairs = await readRecords(files["dialogue.jsonl"], haluEval.dialogue);
  return pairs.map(({ knowledge, conversation, right, hallucinated }) => ({
    prompt: [{ role: "system", content: knowledge }, ...conversation],
    chosen: right,
    rejected: hallucinated,
  }));
};

/** Conversations about facts that are known go on, and the reply is to keep to the facts. */
export const loadDialogueTask = fromItems({
  data,
  load,
  words: {
    title: "Replies that keep to the facts",
    texts: "replies",
    prompts: "conversations",
    pairs:
      "Learned from right replies over hallucinated ones. Of these the bad one is longer in three of four cases: see how far length alone gets.",
    gold: "chrF against the right reply, 0 to 100",
    goldName: "chrF",
    secondJudge: "the share of a reply's words that the facts or the conversation have too",
  },
  gold: (response, { chosen }) => chrf(response, chosen),
  secondJudge: (response, { prompt }) => grounding(response, prompt.map(({ content }) => content).join("\n")),
});
