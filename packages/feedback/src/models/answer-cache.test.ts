import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRandom, DataError, InvalidArgumentError } from "@accord-rl/core";
import { afterAll, describe, expect, it } from "vitest";
import { type AnswerCache, openAnswerCache } from "./answer-cache.ts";
import { cacheAnswers } from "./cached-model.ts";
import { createTestModel } from "./test-model.ts";

const folder = mkdtempSync(join(tmpdir(), "accord-answers-"));
afterAll(() => rmSync(folder, { recursive: true }));
let files = 0;
const newPath = () => join(folder, `${files++}`, "answers.jsonl");
const using = async <T>(path: string, work: (cache: AnswerCache) => T): Promise<Awaited<T>> => {
  const cache = openAnswerCache(path);
  try {
    return await work(cache);
  } finally {
    cache.close();
  }
};
const ask = (...contents: string[]) => contents.map((content) => [{ role: "user", content } as const]);

describe("openAnswerCache", () => {
  it("keeps answers over processes, also where the last line was cut off at any byte", async () => {
    const path = newPath();
    await using(path, (cache) => {
      cache.set("a", { text: "ä\n" });
      cache.set("b", [1, null]);
    });
    const whole = readFileSync(path);
    const firstLine = whole.indexOf(10) + 1;
    for (let length = firstLine; length <= whole.length; length++) {
      writeFileSync(path, whole.subarray(0, length));
      await using(path, (cache) => {
        expect(cache.get("a")).toEqual({ text: "ä\n" });
        expect(cache.size).toBe(length === whole.length ? 2 : 1);
        cache.set("c", 3);
      });
      await using(path, (cache) => expect(cache.get("c")).toBe(3));
    }
    expect(existsSync(`${path}.lock`)).toBe(false);
  });

  it("lets one process write at a time", async () => {
    const path = newPath();
    const cache = openAnswerCache(path);
    expect(() => openAnswerCache(path)).toThrow(InvalidArgumentError);
    expect(() => openAnswerCache(path)).toThrow(/is being written by process \d+ on .*delete/);
    cache.close();
    cache.close();
    openAnswerCache(path).close();
  });

  it("names the line that is damaged, and releases the lock", () => {
    const path = newPath();
    openAnswerCache(path).close();
    appendFileSync(path, '{"key":"a","answer":1}\n{"kay":2}\n');
    expect(() => openAnswerCache(path)).toThrow(DataError);
    expect(() => openAnswerCache(path)).toThrow(`${path}:2: is no kept answer`);
    appendFileSync(path, "x\n");
    expect(existsSync(`${path}.lock`)).toBe(false);
  });
});

describe("cacheAnswers", () => {
  const createModel = () =>
    createTestModel({
      say: (conversation, random) => `${conversation[0]!.content}${random ? random.uniform() : ""}`,
      score: (conversation, candidates) =>
        candidates.map((candidate) =>
          candidate === "?" ? Number.NEGATIVE_INFINITY : -conversation[0]!.content.length,
        ),
    });

  it("asks once for what is the same, at once or later, and gives the same answer", async () => {
    const path = newPath();
    const first = createModel();
    const asked = await using(path, async (cache) => {
      const model = cacheAnswers({ model: first, cache });
      const both = await Promise.all([
        model.complete(ask("x", "y", "x"), { maxNewTokens: 5 }),
        model.complete(ask("y"), { maxNewTokens: 5 }),
      ]);
      expect(model.paid).toMatchObject({ answers: 2, outputTokens: 2 });
      expect(model.saved.answers).toBe(2);
      return both;
    });
    expect(first.asked).toHaveLength(2);
    const second = createModel();
    await using(path, async (cache) => {
      const model = cacheAnswers({ model: second, cache });
      expect(await model.complete(ask("x", "y", "x"), { maxNewTokens: 5 })).toEqual(asked[0]);
      expect(second.asked).toHaveLength(0);
      await model.complete(ask("x"), { maxNewTokens: 6 });
      await cacheAnswers({ model: { ...second, name: "other" }, cache }).complete(ask("x"), {
        maxNewTokens: 5,
      });
      expect(second.asked).toHaveLength(2);
    });
  });

  it("keeps scores, −∞ among them, and what they cost", async () => {
    const model = createModel();
    await using(newPath(), async (cache) => {
      const cached = cacheAnswers({ model, cache, batchSize: 2 });
      for (let time = 0; time < 2; time++) {
        const usages: unknown[] = [];
        const onUsage = (index: number, usage: unknown) => usages.push([index, usage]);
        const scores = await cached.scoreCandidates!(ask("one two", "abc", "z"), ["1", "?"], { onUsage });
        const none = Number.NEGATIVE_INFINITY;
        expect(scores).toEqual([
          [-7, none],
          [-3, none],
          [-1, none],
        ]);
        expect(usages).toEqual([
          [0, { inputTokens: 2, outputTokens: 1 }],
          [1, { inputTokens: 1, outputTokens: 1 }],
          [2, { inputTokens: 1, outputTokens: 1 }],
        ]);
      }
      expect(model.calls).toEqual([2, 1]);
      expect(
        cacheAnswers({ model: { name: "m", complete: model.complete }, cache }).scoreCandidates,
      ).toBeUndefined();
    });
  });

  it("keeps each of several samples, the same when the run is repeated", async () => {
    const path = newPath();
    const draw = (model: ReturnType<typeof createModel>) =>
      using(path, async (cache) => {
        const random = createRandom(5);
        const cached = cacheAnswers({ model, cache });
        const texts: string[] = [];
        for (let round = 0; round < 2; round++) {
          const completions = await cached.complete(ask("x", "x", "y"), { maxNewTokens: 5, random });
          texts.push(...completions.map(({ text }) => text));
        }
        return texts;
      });
    const first = createModel();
    const texts = await draw(first);
    expect(new Set(texts).size).toBe(6);
    const second = createModel();
    expect(await draw(second)).toEqual(texts);
    expect(first.asked).toHaveLength(6);
    expect(second.asked).toHaveLength(0);
  });

  it("keeps what came before a failure, and asks again for what did not", async () => {
    await using(newPath(), async (cache) => {
      const model = createModel();
      let broken = true;
      const failing = {
        ...model,
        complete: async (...args: Parameters<typeof model.complete>) => {
          if (broken && args[0][0]![0]!.content === "bad") throw new Error("down");
          return model.complete(...args);
        },
      };
      const cached = cacheAnswers({ model: failing, cache, concurrency: 2 });
      const run = () => cached.complete(ask("a", "b", "bad", "c", "d", "e"), { maxNewTokens: 1 });
      // Another call waits for the same answers; the failure is not its own, so it asks for them itself.
      const [failed, other] = await Promise.allSettled([
        run(),
        cached.complete(ask("e"), { maxNewTokens: 1 }),
      ]);
      expect(failed).toMatchObject({ status: "rejected", reason: new Error("down") });
      expect(other).toMatchObject({ status: "fulfilled", value: [{ text: "e" }] });
      broken = false;
      await run();
      expect(model.asked.map(([message]) => message!.content).sort()).toEqual([
        "a",
        "b",
        "bad",
        "c",
        "d",
        "e",
      ]);
    });
  });

  it("never asks for more at a time than it may", async () => {
    let [running, most] = [0, 0];
    const model = {
      name: "slow",
      complete: async (conversations: readonly unknown[]) => {
        running++;
        most = Math.max(most, running);
        await new Promise((resolve) => setTimeout(resolve, 1));
        running--;
        return conversations.map(() => ({ text: "", finished: true }));
      },
    };
    await using(newPath(), async (cache) => {
      const cached = cacheAnswers({ model, cache, concurrency: 3 });
      const contents = Array.from({ length: 20 }, (_, i) => `${i}`);
      await Promise.all([
        cached.complete(ask(...contents.slice(0, 12)), { maxNewTokens: 1 }),
        cached.complete(ask(...contents.slice(8)), { maxNewTokens: 1 }),
      ]);
      expect(most).toBe(3);
      expect(cached.paid.answers).toBe(20);
    });
  });
});
