import type { ServerResponse } from "node:http";
import { ModelError } from "@accord-rl/core";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createOpenAiModel } from "./openai-model.ts";
import type { OpenAiModelOptions } from "./openai-options.ts";
import { type Handler, sendJson, startServer } from "./test-server.ts";

const open: { close(): Promise<void> }[] = [];
const start = async (handler: Handler) => {
  const server = await startServer(handler);
  open.push(server);
  return server;
};
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const server of open.splice(0)) await server.close();
});

const question = [{ role: "user", content: "?" } as const];
const quick = { maxRetries: 1, firstDelayMs: 1 };
/** What a model makes of one kind of answer. */
const ask = async (handler: Handler, options: Partial<OpenAiModelOptions> = {}) => {
  const server = await start(handler);
  const model = createOpenAiModel({ model: "m", baseUrl: server.baseUrl, ...quick, ...options });
  return {
    server,
    model,
    outcome: await model.complete([question], { maxNewTokens: 8 }).then(
      ([completion]) => completion,
      (error: unknown) => error as ModelError,
    ),
  };
};
const json =
  (body: unknown, status = 200): Handler =>
  (_, response) =>
    sendJson(response, status, body);
const message = (fields: object, finish_reason: string | null = "stop") => ({
  choices: [{ index: 0, message: { role: "assistant", ...fields }, finish_reason }],
});
const stream =
  (...events: readonly string[]): Handler =>
  (_, response) => {
    response.writeHead(200, { "content-type": "text/event-stream; charset=utf-8" });
    response.end(events.map((event) => `${event}\n\n`).join(""));
    return true;
  };
const piece = (delta: object, finish_reason: string | null = null, more: object = {}) =>
  `data: ${JSON.stringify({ choices: [{ index: 0, delta, finish_reason, ...more }] })}`;

describe("answers in other forms", () => {
  it.each([
    [
      "parts",
      message({
        content: [
          { type: "thinking", thinking: "2?" },
          { type: "text", text: "1" },
        ],
      }),
      "1",
    ],
    ["thoughts in a field", message({ content: "1", reasoning_content: "2?", reasoning: "2?" }), "1"],
    ["a refusal", message({ content: null, refusal: "I won't." }), "I won't."],
    ["no content", message({ content: null }), ""],
    ["nothing but a thought", message({ reasoning_content: "2?" }), ""],
    ["an error that is none", { ...message({ content: "1" }), error: null }, "1"],
    ["a usage that can't be", { ...message({ content: "1" }), usage: { prompt_tokens: -1 } }, "1"],
  ])("%s", async (_, body, text) => {
    expect((await ask(json(body))).outcome).toEqual({ text, finished: true });
  });

  it("come as a stream although none was asked for", async () => {
    const { outcome } = await ask(
      stream(
        ": OPENROUTER PROCESSING",
        piece({ role: "assistant", reasoning_content: "2?" }),
        piece({ content: "1" }),
        piece({ content: "2" }, "length"),
        'data: {"choices":[],"usage":{"prompt_tokens":5,"completion_tokens":2}}',
        "data: [DONE]",
      ),
    );
    expect(outcome).toEqual({ text: "12", finished: false, inputTokens: 5, outputTokens: 2 });
    const scored = await start(
      stream(
        piece({ content: "1" }, "length", {
          logprobs: { content: [{ token: "1", logprob: -1, top_logprobs: [] }] },
        }),
      ),
    );
    const model = createOpenAiModel({ model: "m", baseUrl: scored.baseUrl });
    expect(await model.scoreCandidates?.([question], ["1", "2"])).toEqual([[-1, Number.NEGATIVE_INFINITY]]);
  });
});

describe("failures with status 200", () => {
  const openRouter = {
    message: "Provider returned error",
    code: 503,
    metadata: { provider_name: "Fast", raw: "upstream is overloaded" },
  };
  it.each<[string, Handler, string, number]>([
    [
      "an error",
      json({ error: openRouter }),
      "503 Provider returned error (Fast: upstream is overloaded)",
      2,
    ],
    [
      "an error of a choice",
      json({ choices: [{ error: openRouter, finish_reason: "error" }] }),
      "upstream is overl",
      2,
    ],
    [
      "an error in a stream",
      stream(`data: ${JSON.stringify({ error: { message: "broke off" } })}`),
      "broke off",
      2,
    ],
    ["an error as a text", json({ error: "model is loading" }), "model is loading", 2],
    ["a reason to end", json(message({ content: "1" }, "error")), "the server reports an error", 2],
    ["a filter", json(message({ content: "1" }, "content_filter")), "filters this request", 1],
    [
      "a flag",
      json({ error: { code: 403, message: "requires moderation", metadata: { reasons: ["violence"] } } }),
      "refuses this request (403 requires moderation (flagged for violence))",
      1,
    ],
    [
      "an unknown model",
      json({ error: { code: 404, message: "no endpoints" } }),
      "knows no such model or path (404 no endpoints)",
      1,
    ],
  ])("%s: its words reach the user", async (_, handler, words, requests) => {
    const { outcome, server } = await ask(handler);
    expect(String(outcome)).toContain(words);
    expect(server.requests).toHaveLength(requests);
  });
});

describe("statuses", () => {
  const refusals: readonly [number, unknown][] = [
    [400, { error: { message: "maximum context length is 8192 tokens" } }],
    [403, { error: { message: "flagged by the content policy" } }],
    [413, { message: "too large" }],
    [422, { detail: [{ msg: "input is too long" }] }],
  ];
  it.each(refusals)("%i is about one conversation", async (status, body) => {
    const { outcome } = await ask(json(body, status));
    expect(outcome).toMatchObject({ isRefusal: true, status });
    expect(String(outcome)).toContain(`the server refuses this request (${status} `);
  });
  it.each([
    [401, {}, /the key in OPENAI_API_KEY is not accepted/],
    [400, { error: { message: "API key not valid." } }, /the key in OPENAI_API_KEY is not accepted/],
    [402, { error: { message: "Insufficient credits" } }, /quota is used up \(402 Insufficient credits\)/],
    [403, { error: { message: "no access for this account" } }, /is not accepted/],
    [404, { detail: "Not Found" }, /no such model or path \(404 Not Found\)/],
  ])("%i %j is about all of them", async (status, body, words) => {
    const { outcome, server } = await ask(json(body, status));
    expect(String(outcome)).toMatch(words);
    expect([ModelError.isInstance(outcome) && outcome.isRefusal, server.requests.length]).toEqual([false, 1]);
  });
});

describe("bounds", () => {
  it("stops reading an answer that is too long", async () => {
    let sent = 0;
    const chunk = "x".repeat(2 ** 16);
    const endless: Handler = (_, response) => {
      response.writeHead(200, { "content-type": "application/json" });
      const write = (): void => {
        if (response.destroyed || sent > 2 ** 28) return;
        sent += chunk.length;
        if (response.write(chunk)) setImmediate(write);
        else response.once("drain", write);
      };
      write();
      return true;
    };
    const { outcome, server } = await ask(endless, { maxAnswerBytes: 2 ** 20 });
    expect(String(outcome)).toContain("the answer is longer than 1048576 bytes");
    expect([(outcome as ModelError).isRefusal, server.requests.length]).toEqual([true, 1]);
    expect(sent).toBeLessThan(2 ** 26); // what the sockets hold, and no more
  });

  const drip =
    (everyMs: number): Handler =>
    (_, response: ServerResponse) => {
      response.writeHead(200, { "content-type": "application/json" });
      response.write(" ");
      const timer = setInterval(() => response.write(" "), everyMs);
      response.on("close", () => clearInterval(timer));
      return true;
    };
  it("waits for a slow drip no longer than in all, and for silence no longer than idle", async () => {
    const slow = await ask(drip(10), { timeoutMs: 200, maxRetries: 0 });
    expect(String(slow.outcome)).toContain("no answer within 200 ms");
    const silent = await ask(drip(60_000), { timeoutMs: 60_000, idleTimeoutMs: 100, maxRetries: 0 });
    expect(String(silent.outcome)).toContain("the answer stopped coming for 100 ms");
  });

  it("cuts what a server says, and takes out what a terminal would obey", async () => {
    const { outcome } = await ask(json({ error: { message: `\u001b[2J\u0007${"long ".repeat(1e5)}` } }, 400));
    const words = String(outcome);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    expect(words).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
    expect(words.length).toBeLessThan(4000);
  });

  it("refuses answers that nest too deeply", async () => {
    const deep: Handler = (_, response) => {
      response.writeHead(200, { "content-type": "application/json" }).end("[".repeat(1e6));
      return true;
    };
    expect(String((await ask(deep)).outcome)).toContain("nests 1000000 levels deep");
  });
});
