import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { afterEach, describe, expect, it, vi } from "vitest";
import { openAnswerCache } from "./answer-cache.ts";
import { cacheAnswers } from "./cached-model.ts";
import { createOpenAiModel } from "./openai-model.ts";
import { type Handler, sendJson, startServer } from "./test-server.ts";

const key = "sk-tést/hushhush".replace("é", "e");
const servers: { close(): Promise<void> }[] = [];
const start = async (handler: Handler) => {
  const server = await startServer(handler);
  servers.push(server);
  return server;
};
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const server of servers.splice(0)) await server.close();
});
const question = [{ role: "user", content: "?" } as const];
const thrownBy = (work: () => unknown): unknown => {
  try {
    return work();
  } catch (error) {
    return error;
  }
};
/** All that a log of an error would show: message, stack, causes and fields. */
const shown = (error: unknown): string =>
  inspect(error, { depth: 20, showHidden: true, maxStringLength: null }) + JSON.stringify(error);

describe("a key", () => {
  const echo: Handler = (_, response, { headers }) =>
    sendJson(response, Number(headers["x-status"] ?? 400), {
      error: { message: `Bad key ${headers.authorization}` },
    });

  it.each([400, 401, 403, 429, 500])("that a server echoes with status %i is in no error", async (status) => {
    vi.stubEnv("MY_KEY", key);
    const server = await start((request, response, incoming) => {
      expect(incoming.headers.authorization).toBe(`Bearer ${key}`);
      incoming.headers["x-status"] = `${status}`;
      return echo(request, response, incoming);
    });
    const model = createOpenAiModel({
      model: "m",
      baseUrl: server.baseUrl,
      keyVariable: "MY_KEY",
      maxRetries: 0,
    });
    const error = await model.complete([question], { maxNewTokens: 1 }).catch((thrown: unknown) => thrown);
    expect(String(error)).toContain("Bad key Bearer ***");
    expect(shown(error)).not.toContain("hushhush");
  });

  it("that a server echoes is in no answer and in no file", async () => {
    vi.stubEnv("MY_KEY", key);
    const folder = mkdtempSync(join(tmpdir(), "accord-secrets-"));
    try {
      const server = await start((_, response) =>
        sendJson(response, 200, { choices: [{ message: { content: `Your key is ${key}.` } }] }),
      );
      const cache = openAnswerCache(join(folder, "answers.jsonl"));
      const model = createOpenAiModel({ model: "m", baseUrl: server.baseUrl, keyVariable: "MY_KEY" });
      const [answer] = await cacheAnswers({ model, cache }).complete([question], { maxNewTokens: 1 });
      cache.close();
      expect(answer?.text).toBe("Your key is ***.");
      expect(readFileSync(cache.path, "utf8")).not.toContain("hushhush");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it.each(["sk-a\nhushhush", "sk-a\r\nhushhush", "sk-a hushhush", "sk-ä-hushhush", "sk-a\u0000hushhush"])(
    "that no header can carry (%j) is refused without being shown",
    (bad) => {
      if (bad.includes("\u0000")) return; // the environment can't hold it
      vi.stubEnv("MY_KEY", bad);
      const error = thrownBy(() => createOpenAiModel({ model: "m", keyVariable: "MY_KEY" }));
      expect(String(error)).toContain("the environment variable MY_KEY holds a space, a line break");
      expect(shown(error)).not.toContain("hushhush");
    },
  );

  it("may end with a line break, as a file's does", async () => {
    vi.stubEnv("MY_KEY", `${key}\r\n`);
    const server = await start((_, response, { headers }) =>
      sendJson(response, 200, {
        choices: [{ message: { content: `${headers.authorization === `Bearer ${key}`}` } }],
      }),
    );
    const model = createOpenAiModel({ model: "m", baseUrl: server.baseUrl, keyVariable: "MY_KEY" });
    expect((await model.complete([question], { maxNewTokens: 1 }))[0]?.text).toBe("true");
  });
});

describe("a user and password in the URL", () => {
  it("go into a header, and into no name or error", async () => {
    const encoded = Buffer.from("user:pass word/hushhush").toString("base64");
    const server = await start((_, response, { headers }) =>
      sendJson(response, 401, {
        error: { message: `no ${headers.authorization} for pass%20word%2Fhushhush, pass word/hushhush` },
      }),
    );
    const baseUrl = server.baseUrl.replace("//", "//user:pass%20word%2Fhushhush@");
    const model = createOpenAiModel({ model: "m", baseUrl });
    expect(model.name).toBe(`m at ${server.baseUrl}`);
    const error = await model.complete([question], { maxNewTokens: 1 }).catch((thrown: unknown) => thrown);
    expect(String(error)).toContain(
      "the user and password in baseUrl is not accepted (401 no Basic *** for ***, ***)",
    );
    expect(shown(error)).not.toContain("hushhush");
    expect(shown(error)).not.toContain(encoded);
  });

  it("are not shown where the server can't be reached, or the URL is none", async () => {
    const down = createOpenAiModel({
      model: "m",
      baseUrl: "http://user:hushhush@127.0.0.1:9/v1",
      maxRetries: 0,
    });
    const error = await down.complete([question], { maxNewTokens: 1 }).catch((thrown: unknown) => thrown);
    expect(String(error)).toMatch(/no answer after 1 attempts/);
    expect(shown(error)).not.toContain("hushhush");
    for (const baseUrl of [
      "user:hushhush@host/v1",
      "http://user:hushhush@ho st/v1",
      "http://host/v1?key=hushhush",
    ]) {
      const refused = thrownBy(() => createOpenAiModel({ model: "m", baseUrl }));
      expect(String(refused)).toMatch(/baseUrl (is no URL|has a query)/);
      expect(shown(refused)).not.toContain("hushhush");
    }
  });
});
