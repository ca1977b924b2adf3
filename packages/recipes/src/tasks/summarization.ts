import { fetchAsset } from "@accord-rl/assets";
import { haluEval, readRecords, type Shorten } from "@accord-rl/data";
import { fromItems, type ItemSources, type TaskItem } from "./from-items.ts";
import { grounding, likeness } from "./measures.ts";

const instruction = "Sum up the following text in two sentences.";
const data = "halueval";

/** An article that is too long loses its end: news say first what they are about. */
const cutArticle: Shorten = ([system, turn]) => {
  const words = turn!.content.split(" ");
  const count = Math.floor(0.8 * words.length);
  return count < 8 ? null : [system!, { ...turn!, content: words.slice(0, count).join(" ") }];
};

const load = async ({ log = () => {}, promptTokens }: ItemSources): Promise<TaskItem[]> => {
  const { files } = await fetchAsset(data, { log });
  const pairs = await readRecords(files["summarization.jsonl"], haluEval.summarization);
  return pairs.map(({ knowledge, right, hallucinated }) => ({
    prompt: [
      { role: "system", content: instruction },
      // A word is a token at least: more of them would not fit, and take long to encode.
      { role: "user", content: knowledge.split(" ").slice(0, promptTokens).join(" ") },
    ],
    chosen: right,
    rejected: hallucinated,
  }));
};

/** News are summed up, without saying what they don't say. */
export const loadSummarizationTask = fromItems({
  data,
  load,
  shorten: cutArticle,
  words: {
    title: "Summaries that keep to their text",
    texts: "summaries",
    prompts: "news articles",
    pairs:
      "Learned from right summaries over hallucinated ones. Of these the bad one is longer in three of four cases: see how far length alone gets.",
    gold: "ROUGE-L against the right summary",
    goldName: "ROUGE-L",
    secondJudge: "the share of a summary's words that its article has too",
  },
  gold: (response, { chosen }) => likeness(response, chosen),
  secondJudge: (response, { prompt }) => grounding(response, prompt[1]!.content),
});
