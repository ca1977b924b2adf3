import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fetchAsset } from "@accord-rl/assets";
import {
  cacheAnswers,
  createAiLabeler,
  createOpenAiModel,
  labelPairs,
  openAnswerCache,
  type ResponsePair,
  sentimentPrompts,
} from "@accord-rl/feedback";
import {
  createPolicyTextModel,
  createTextPolicy,
  loadModel,
  loadTokenizer,
  type ScoringTextModel,
  type TextPolicy,
} from "@accord-rl/language-model";
import { createCompile } from "@accord-rl/testing";
import { createChatTemplate } from "@accord-rl/tokenizers";
import { afterAll, beforeAll, expect, it } from "vitest";
import { serveTextModel } from "./chat-server.ts";

const folder = mkdtempSync(join(tmpdir(), "accord-labels-"));
const compile = createCompile();
let policy: TextPolicy;
let model: ScoringTextModel;
beforeAll(async () => {
  const path = (await fetchAsset("smollm2-135m-instruct")).files["SmolLM2-135M-Instruct.Q4_1.gguf"];
  const tokenizer = await loadTokenizer(path);
  policy = createTextPolicy((await loadModel(path)).model, { stopTokens: tokenizer.stopTokens, compile });
  model = createPolicyTextModel({
    policy,
    tokenizer,
    template: createChatTemplate({ tokenizer }),
    name: "smollm2",
    compile,
  });
}, 600_000);
afterAll(() => {
  policy?.dispose();
  compile.dispose();
  rmSync(folder, { recursive: true });
});

const pair = (id: string, prompt: string, first: string, second: string): ResponsePair => ({
  id,
  prompt,
  first,
  second,
});
const pairs = [
  pair("1", "This film", " is wonderful, I loved it.", " is boring and bad."),
  pair("2", "The actors", " are dull.", " play with joy, and the ending is great."),
];

it("labels through a server as it does directly, each pair turned around exactly, and from the cache at no cost", {
  timeout: 300_000,
}, async () => {
  const server = await serveTextModel(model, ["1", "2"]);
  const remote = createOpenAiModel({
    model: "smollm2",
    baseUrl: server.baseUrl,
    concurrency: 2,
    timeoutMs: 120_000,
  });
  const cache = openAnswerCache(join(folder, "answers.jsonl"));
  const kept = cacheAnswers({ model: remote, cache });
  const labeler = createAiLabeler({ model: kept, prompt: sentimentPrompts });
  const { labels, abstained } = await labelPairs({ labeler, pairs });
  const direct = await createAiLabeler({ model, prompt: sentimentPrompts }).label(pairs);
  expect(abstained).toBe(0);
  labels.forEach((label, i) => {
    // Batches of other lengths round float32 sums differently.
    expect(label!.probability).toBeCloseTo(direct[i]!.probability, 3);
    expect(label!.usage.inputTokens).toBe(direct[i]!.usage.inputTokens);
  });
  const exchanged = pairs.map(({ id, prompt, first, second }) => pair(id, prompt, second, first));
  const { labels: turned } = await labelPairs({ labeler, pairs: exchanged });
  expect(turned.map((label) => label!.probability)).toEqual(labels.map((label) => 1 - label!.probability));
  expect(server.requests).toBe(4);
  expect([kept.paid.answers, kept.saved.answers]).toEqual([4, 4]);
  cache.close();
  await server.close();
});
