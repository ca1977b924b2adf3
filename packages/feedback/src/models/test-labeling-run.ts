import { createAiLabeler } from "../ai/ai-labeler.ts";
import { labelPairs } from "../ai/label-pairs.ts";
import { markedPrompts, pairOf } from "../ai/test-judge.ts";
import { openAnswerCache } from "./answer-cache.ts";
import { createOpenAiModel } from "./openai-model.ts";

/** A labeling run of its own process, to be killed: SERVER CACHE PAIRS. Prints "ready", then the probabilities. */
const [, , baseUrl, path, count] = process.argv as [string, string, string, string, string];
console.log("ready");
const cache = openAnswerCache(path);
const model = createOpenAiModel({ model: "m", baseUrl, concurrency: 3, name: "m" });
const labeler = createAiLabeler({ model, prompt: markedPrompts, minimumProbability: 0, cache });
const pairs = Array.from({ length: Number(count) }, (_, i) => pairOf("first", "second", `${i}`));
const controller = new AbortController();
process.once("SIGINT", () => controller.abort(new Error("interrupted")));
try {
  const { labels } = await labelPairs({ labeler, pairs, concurrency: 3, signal: controller.signal });
  console.log(JSON.stringify(labels.map((label) => label?.probability)));
} catch (error) {
  console.log((error as Error).message);
  process.exitCode = 130;
} finally {
  cache.close();
}
