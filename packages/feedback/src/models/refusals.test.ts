import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRandom, ModelError, type TextModel } from "@accord-rl/core";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { createAiLabeler } from "../ai/ai-labeler.ts";
import { createDirectReward } from "../ai/direct-reward.ts";
import { labelByScores } from "../ai/label-by-scores.ts";
import { labelPairs } from "../ai/label-pairs.ts";
import { helpfulnessPrompts } from "../ai/prompt-sets/helpfulness.ts";
import { markedPrompts, pairOf } from "../ai/test-judge.ts";
import { createVerdictReward, sentimentVerdict } from "../ai/verdict-reward.ts";
import { auditLabeler } from "../audits/audit-labeler.ts";
import { averageOrders } from "../audits/both-orders.ts";
import { averageNames } from "../audits/name-templates.ts";
import { createConstitutionLabeler } from "../constitution/constitution-labeler.ts";
import { critiqueAndRevise } from "../constitution/critique-and-revise.ts";
import { type AnswerCache, openAnswerCache } from "./answer-cache.ts";
import { cacheAnswers } from "./cached-model.ts";
import { createOpenAiModel } from "./openai-model.ts";
import { chatCompletion, sendJson, startServer } from "./test-server.ts";

const folder = mkdtempSync(join(tmpdir(), "accord-refusals-"));
afterAll(() => rmSync(folder, { recursive: true }));
let files = 0;
const newPath = () => join(folder, `${files++}.jsonl`);
const using = async <T>(path: string, work: (cache: AnswerCache) => Promise<T>): Promise<T> => {
  const cache = openAnswerCache(path);
  try {
    return await work(cache);
  } finally {
    cache.close();
  }
};

const servers: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});
/** Refuses conversations that hold a word, and likes the first of two. */
const startPicky = async (word = "BAD", status = 400, say = "1 is too long") => {
  const server = await startServer(({ messages }, response) =>
    messages.some(({ content }) => content.includes(word))
      ? sendJson(response, status, { error: { message: say } })
      : sendJson(response, 200, chatCompletion({ "1": -0.1, "2": -3, " positive": -0.2, " negative": -3 })),
  );
  servers.push(server);
  const model = createOpenAiModel({ model: "m", baseUrl: server.baseUrl, name: "m", firstDelayMs: 1 });
  return { ...server, model };
};
const numbered = (count: number, bad: readonly number[] = []) =>
  Array.from({ length: count }, (_, i) => pairOf(bad.includes(i) ? "BAD" : "one", "other", `${i}`));
const principle = { name: "p", topic: "t", critique: "Critique?", revision: "Revise!", comparison: "Which?" };
const constitution = { name: "c", principles: [principle] };

describe("a refusal costs only its own pair", () => {
  const pairs = numbered(6, [2, 4]);
  const kinds: Readonly<
    Record<string, (model: TextModel) => Parameters<typeof labelPairs<(typeof pairs)[0]>>[0]["labeler"]>
  > = {
    "log-probs": (model) => createAiLabeler({ model, prompt: markedPrompts }),
    letters: ({ name, complete }) => createAiLabeler({ model: { name, complete }, prompt: markedPrompts }),
    reasons: (model) =>
      createAiLabeler({ model, prompt: markedPrompts, chainOfThought: { maxNewTokens: 4 } }),
    principles: (model) => createConstitutionLabeler({ model, constitution, random: createRandom(1) }),
    scores: (model) =>
      labelByScores({ source: createDirectReward({ model, prompt: helpfulnessPrompts }), name: "s" }),
    verdicts: (model) =>
      labelByScores({ source: createVerdictReward({ model, prompt: sentimentVerdict }), name: "v" }),
    "both orders": (model) =>
      averageOrders(createAiLabeler({ model, prompt: markedPrompts, bothOrders: false })),
    names: (model) =>
      averageNames(createAiLabeler({ model, prompt: markedPrompts }), { a: ["Ann"], b: ["Bob"] }),
  };
  it.each(Object.keys(kinds))("with %s, in one call of the labeler and in several", async (kind) => {
    const { model } = await startPicky();
    const labeler = kinds[kind]!(model);
    const direct = await labeler.label(pairs);
    expect(direct.map((label) => label !== null)).toEqual([true, true, false, true, false, true]);
    const { labels, abstained, failures } = await labelPairs({ labeler, pairs, batchSize: 3 });
    expect([labels, abstained]).toEqual([direct, 0]);
    expect(failures.map(({ index, error }) => [index, ModelError.isInstance(error) && error.status])).toEqual(
      [
        [2, 400],
        [4, 400],
      ],
    );
  });

  it("in critiques and revisions", async () => {
    const { model } = await startPicky();
    const { revised, failures } = await critiqueAndRevise({
      ...{ model, constitution, random: createRandom(1), rounds: 1, batchSize: 4 },
      prompts: ["a", "BAD", "b", "c"],
    });
    expect(revised.map(({ prompt }) => prompt)).toEqual(["a", "b", "c"]);
    expect(failures.map(({ index }) => index)).toEqual([1]);
    const late = await startPicky("Revise!");
    const none = await critiqueAndRevise({
      ...{ model: late.model, constitution, random: createRandom(1), rounds: 1 },
      prompts: ["a", "b"],
    });
    expect([none.revised, none.failures.length]).toEqual([[], 2]);
  });

  it("in audits, which count it", async () => {
    const { model } = await startPicky();
    const labeler = createAiLabeler({ model, prompt: markedPrompts });
    const audit = await auditLabeler({
      labeler,
      pairs: numbered(24, [3]),
      random: createRandom(1),
      resamples: 20,
    });
    expect([audit.labeled, audit.abstained, audit.reasons]).toEqual([23, 1, { "the model refused": 1 }]);
  });
});

describe("a resumed run", () => {
  it("does not ask again for what a server refused", async () => {
    const path = newPath();
    const { model, requests } = await startPicky();
    const label = () =>
      using(path, (cache) =>
        labelPairs({
          labeler: createAiLabeler({ model, prompt: markedPrompts, cache }),
          pairs: numbered(6, [0, 5]),
          batchSize: 2,
        }),
      );
    const first = await label();
    expect(requests).toHaveLength(12); // each conversation once, though batches were split
    const second = await label();
    expect(requests).toHaveLength(12);
    expect(second).toEqual(first);
    expect(first.failures.map(({ index, error }) => [index, String(error)])).toEqual(
      [0, 5].map((index) => [index, "ModelError: m: the server refuses this request (400 1 is too long)"]),
    );
    expect(readFileSync(path, "utf8").match(/"refused"/g)).toHaveLength(4);
  });

  it("goes on although all that is left is refused", async () => {
    const path = newPath();
    const { model } = await startPicky();
    const label = (count: number) =>
      using(path, (cache) =>
        labelPairs({
          labeler: createAiLabeler({ model, prompt: markedPrompts, cache }),
          pairs: numbered(24, [8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23]).slice(-count),
        }),
      );
    await using(path, async (cache) => {
      await createAiLabeler({ model, prompt: markedPrompts, cache }).label(numbered(1));
    });
    expect((await label(16)).failures).toHaveLength(16);
  });
});

describe("a run that gets nowhere", () => {
  it.each([true, false])("stops at the first 10, and keeps none of them (cache: %s)", async (isCached) => {
    const path = newPath();
    const { model, requests } = await startPicky("", 400, "unknown parameter: logprobs");
    await using(path, async (cache) => {
      const options = isCached ? { cache } : {};
      const labeler = createAiLabeler({ model, prompt: markedPrompts, ...options });
      await expect(labelPairs({ labeler, pairs: numbered(200), concurrency: 1 })).rejects.toThrow(
        /m: refused the first 10 conversations for the same reason; check the model.*unknown parameter/,
      );
      expect(cache.size).toBe(0);
    });
    expect(requests.length).toBeLessThan(40);
  });

  it("stops where more than the permitted share is refused", async () => {
    const { model, requests } = await startPicky();
    const pairs = numbered(
      400,
      Array.from({ length: 400 }, (_, i) => i).filter((i) => i % 4 !== 0),
    );
    const label = (refusedShare?: number) =>
      using(newPath(), (cache) => {
        const share = refusedShare === undefined ? {} : { refusedShare };
        const cached = cacheAnswers({ model, cache, ...share });
        return labelPairs({ labeler: createAiLabeler({ model: cached, prompt: markedPrompts }), pairs });
      });
    await expect(label()).rejects.toThrow(/refused \d+ of \d+ conversations, more than the share of 0.5/);
    expect(requests.length).toBeLessThan(120);
    expect((await label(0.8)).failures).toHaveLength(300);
  });
});
