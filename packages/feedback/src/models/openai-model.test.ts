import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRandom, InvalidArgumentError, ModelError } from "@accord-rl/core";
import { afterAll, afterEach, describe, expect, it, vi } from "vitest";
import { createAiLabeler } from "../ai/ai-labeler.ts";
import { labelPairs } from "../ai/label-pairs.ts";
import { markedPrompts, pairOf, shownIn } from "../ai/test-judge.ts";
import { openAnswerCache } from "./answer-cache.ts";
import { createOpenAiModel } from "./openai-model.ts";
import { chatCompletion, faults, type Handler, sendJson, startServer } from "./test-server.ts";

const folder = mkdtempSync(join(tmpdir(), "accord-openai-"));
afterAll(() => rmSync(folder, { recursive: true }));
const open: { close(): Promise<void> }[] = [];
const start = async (...handlers: Handler[]) => {
  const server = await startServer(...handlers);
  open.push(server);
  return server;
};
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const server of open.splice(0)) await server.close();
});

const question = (content: string) => [{ role: "user", content } as const];
/** Log-probabilities that depend on what is shown first. */
const honest: Handler = ({ messages }, response) => {
  const [first, second] = shownIn(messages);
  return sendJson(
    response,
    200,
    chatCompletion({ "1": -0.1 * first.length, " 2": -0.1 * second.length, Sure: -4 }),
  );
};
const answering =
  (logProbs: Record<string, number>, text?: string): Handler =>
  (_, response) =>
    sendJson(response, 200, chatCompletion(logProbs, text));

describe("createOpenAiModel", () => {
  it("completes, greedily or by a seed, and counts tokens", async () => {
    const server = await start(answering({}, "hello"));
    const model = createOpenAiModel({ model: "m", baseUrl: server.baseUrl, body: { top_k: 5 } });
    const conversation = [{ role: "system", content: "s" } as const, ...question("q")];
    const random = createRandom(1);
    const greedy = await model.complete([conversation], { maxNewTokens: 7 });
    await model.complete([conversation], { maxNewTokens: 7, random });
    expect(greedy).toEqual([{ text: "hello", finished: true, inputTokens: 11, outputTokens: 1 }]);
    const sent = { model: "m", messages: conversation, max_tokens: 7, top_k: 5 };
    const seed = createRandom(1).integer(2 ** 31);
    expect(server.requests).toEqual([
      { ...sent, temperature: 0 },
      { ...sent, temperature: 1, seed },
    ]);
    expect(model.usage).toMatchObject({ answers: 2, inputTokens: 22, outputTokens: 2 });
    expect(model.name).toBe(`m at ${server.baseUrl} {"top_k":5}`);
  });

  it("reads candidates out of the most likely tokens; −∞ for those not among them", async () => {
    const server = await start(
      answering({ "1": Math.log(0.3), " 1": Math.log(0.2), "2": Math.log(0.4), "12": -9 }),
    );
    const model = createOpenAiModel({ model: "m", baseUrl: server.baseUrl });
    const usages: unknown[] = [];
    const [scores] = await model.scoreCandidates!([question("q")], ["1", "2", "3"], {
      onUsage: (...usage) => usages.push(usage),
    });
    expect(scores!.slice(0, 2)).toBeAllClose([Math.log(0.5), Math.log(0.4)], { rtol: 1e-9 });
    expect(scores![2]).toBe(Number.NEGATIVE_INFINITY);
    expect(usages).toEqual([[0, { inputTokens: 11, outputTokens: 1 }]]);
    expect(server.requests[0]).toMatchObject({ logprobs: true, top_logprobs: 20, max_tokens: 1 });
  });

  it("abstains where neither label is among them, and says where there are none at all", async () => {
    const server = await start(answering({ I: -0.1, "As an AI": -3 }));
    const model = createOpenAiModel({ model: "m", baseUrl: server.baseUrl });
    const labeler = createAiLabeler({ model, prompt: markedPrompts });
    expect(await labeler.label([pairOf("a", "b")])).toEqual([null]);
    const plain = await start((_, response) =>
      sendJson(response, 200, { choices: [{ message: { content: "1" }, finish_reason: "stop" }] }),
    );
    const without = createOpenAiModel({ model: "m", baseUrl: plain.baseUrl });
    await expect(without.scoreCandidates!([question("q")], ["1"])).rejects.toThrow(/readByLetter/);
    expect(await without.complete([question("q")], { maxNewTokens: 1 })).toEqual([
      { text: "1", finished: true },
    ]);
  });

  it("loses no label and counts none twice, whatever the server does in between", {
    timeout: 60_000,
  }, async () => {
    const random = createRandom(11);
    const { stalled, silent, ...quick } = faults;
    const kinds = Object.values(quick);
    // Each of these lasts as long as the time limit, which no good answer reaches on a busy machine: a few will do.
    const endless = [stalled!, silent!, stalled!, silent!];
    const good: string[] = [];
    const attempts = new Map<string, number>();
    const faulty: Handler = (request, ...rest) => {
      const asked = JSON.stringify(request.messages);
      const attempt = attempts.get(asked) ?? 0;
      attempts.set(asked, attempt + 1);
      // Every fault comes up: the first attempts go through them in turn.
      if (attempt < 3 && random.uniform() < 0.6) {
        const fault = endless.pop() ?? kinds[(attempts.size + attempt) % kinds.length]!;
        return fault(request, ...rest);
      }
      good.push(asked);
      return false;
    };
    const server = await start(faulty, honest);
    const model = createOpenAiModel({
      ...{ model: "m", baseUrl: server.baseUrl, concurrency: 8 },
      ...{ timeoutMs: 2500, firstDelayMs: 5 },
    });
    const cache = openAnswerCache(join(folder, "faults.jsonl"));
    const labeler = createAiLabeler({ model, prompt: markedPrompts, cache });
    const pairs = Array.from({ length: 40 }, (_, i) =>
      pairOf("x".repeat(1 + (i % 7)), "y".repeat(1 + (i % 5)), `${i}`),
    );
    const { labels, abstained, failures } = await labelPairs({ labeler, pairs, concurrency: 4 });
    cache.close();

    const calm = await start(honest);
    const reference = createAiLabeler({
      model: createOpenAiModel({ model: "m", baseUrl: calm.baseUrl, name: model.name }),
      prompt: markedPrompts,
    });
    expect(labels).toEqual(await reference.label(pairs));
    expect([abstained, failures]).toEqual([0, []]);
    expect(good.length).toBe(80); // two orders of each pair, each answered well once
    expect(new Set(good).size).toBe(80);
    expect(model.usage.answers).toBe(80);
    expect(server.requests.length).toBeGreaterThan(120);
    expect(cache.size).toBe(80);
  });

  it("stops at once where the key has expired, says so, and does not show it", async () => {
    vi.stubEnv("MY_KEY", "sk-secret");
    const server = await start((_, response, { headers }) => {
      expect(headers.authorization).toBe("Bearer sk-secret");
      return sendJson(response, 401, { error: { message: "Expired key sk-secret" } });
    });
    const model = createOpenAiModel({
      model: "m",
      baseUrl: server.baseUrl,
      keyVariable: "MY_KEY",
      concurrency: 2,
    });
    const labeler = createAiLabeler({ model, prompt: markedPrompts });
    const pairs = Array.from({ length: 20 }, (_, i) => pairOf("a", "b", `${i}`));
    const error = await labelPairs({ labeler, pairs, concurrency: 2 }).catch((thrown: unknown) => thrown);
    expect(ModelError.isInstance(error) && error.status).toBe(401);
    expect(String(error)).toMatch(
      /the key in MY_KEY is not accepted \(401 Expired key \*\*\*\); set one that is valid/,
    );
    expect(JSON.stringify(error)).not.toContain("sk-secret");
    expect(server.requests.length).toBeLessThanOrEqual(4);
  });

  it("leaves out the one request that a server refuses", async () => {
    const server = await start(
      ({ messages }, response) =>
        messages[0]!.content.includes("long") &&
        sendJson(response, 400, { error: { message: "context too long" } }),
      honest,
    );
    const model = createOpenAiModel({ model: "m", baseUrl: server.baseUrl });
    const pairs = [pairOf("a", "b", "1"), pairOf("long", "b", "2"), pairOf("a", "c", "3")];
    const labeler = createAiLabeler({ model, prompt: markedPrompts });
    const { labels, failures } = await labelPairs({ labeler, pairs, batchSize: 3 });
    expect(labels.map((label) => label !== null)).toEqual([true, false, true]);
    expect(failures.map(({ index, error }) => [index, String(error)])).toEqual([
      [1, expect.stringContaining("the server refuses this request (400 context too long)")],
    ]);
  });

  it("gives up after its retries, or where it would have to wait too long", async () => {
    const down = await start(faults.internal!);
    const options = { model: "m", maxRetries: 2, firstDelayMs: 1 };
    const model = createOpenAiModel({ ...options, baseUrl: down.baseUrl });
    await expect(model.complete([question("q")], { maxNewTokens: 1 })).rejects.toThrow(
      "no answer after 3 attempts; the last: 500 oops",
    );
    expect(down.requests).toHaveLength(3);
    const limited = await start((_, response) =>
      sendJson(response, 429, { error: { message: "daily limit" } }, { "retry-after": "3600" }),
    );
    const other = createOpenAiModel({ ...options, baseUrl: limited.baseUrl });
    await expect(other.complete([question("q")], { maxNewTokens: 1 })).rejects.toThrow("asks to wait 3600 s");
    const quota = await start((_, response) =>
      sendJson(response, 429, { error: { message: "pay", code: "insufficient_quota" } }),
    );
    const poor = createOpenAiModel({ ...options, baseUrl: quota.baseUrl });
    await expect(poor.complete([question("q")], { maxNewTokens: 1 })).rejects.toThrow(
      "quota is used up (429 pay)",
    );
    expect([limited.requests.length, quota.requests.length]).toEqual([1, 1]);
    await down.close();
    const gone = createOpenAiModel({ ...options, baseUrl: down.baseUrl });
    await expect(gone.complete([question("q")], { maxNewTokens: 1 })).rejects.toThrow(
      /after 3 attempts.*ECONNREFUSED/,
    );
  });

  it("needs a key where its server does", () => {
    vi.stubEnv("OPENAI_API_KEY", "");
    expect(() => createOpenAiModel({ model: "m" })).toThrow(/OPENAI_API_KEY is not set/);
    expect(() => createOpenAiModel({ model: "m", baseUrl: "http://x/v1", keyVariable: "NONE" })).toThrow(
      /NONE is not set/,
    );
    const base = { model: "m", baseUrl: "http://x/v1" };
    expect(createOpenAiModel(base).name).toBe("m at http://x/v1");
    for (const bad of [{ concurrency: 0 }, { maxRetries: -1 }, { timeoutMs: 0 }, { tokensPerMinute: 0 }]) {
      expect(() => createOpenAiModel({ ...base, ...bad })).toThrow(InvalidArgumentError);
    }
  });
});
