import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createRandom } from "@accord-rl/core";
import { runProcess } from "@accord-rl/testing";
import { afterAll, expect, test } from "vitest";
import { chatCompletion, sendJson, startServer } from "./test-server.ts";

const folder = mkdtempSync(join(tmpdir(), "accord-killed-"));
afterAll(() => rmSync(folder, { recursive: true }));
const root = resolve(import.meta.dirname, "../../../..");
const pairs = 40;

/** A server whose every answer differs, so that the cache's lines tell which question they answer. */
const startNumbered = async () => {
  const answers = new Map<string, number>();
  const asked = new Map<number, number>();
  let onRequest = (_asked: number) => {};
  const server = await startServer((request, response) => {
    const question = JSON.stringify(request.messages);
    if (!answers.has(question)) answers.set(question, answers.size + 1);
    const answer = answers.get(question)!;
    asked.set(answer, (asked.get(answer) ?? 0) + 1);
    setTimeout(() => sendJson(response, 200, chatCompletion({ "1": -answer, "2": -50 })), 4);
    onRequest([...asked.values()].reduce((sum, times) => sum + times, 0));
    return true;
  });
  return { ...server, asked, listen: (listener: typeof onRequest) => (onRequest = listener) };
};

const keptIn = (path: string): number[] =>
  existsSync(path)
    ? readFileSync(path, "utf8")
        .split("\n")
        .slice(0, -1)
        .map((line) => -JSON.parse(line).answer.logProbs[0])
    : [];

const start = (baseUrl: string, path: string, onReady: (kill: (signal: NodeJS.Signals) => void) => void) =>
  runProcess(
    process.execPath,
    [
      ...["--import", import.meta.resolve("tsx"), "--conditions=@accord-rl/source"],
      ...[join(import.meta.dirname, "test-labeling-run.ts"), baseUrl, path, `${pairs}`],
    ],
    {
      cwd: root,
      env: { ...process.env, NODE_OPTIONS: "" },
      onOutput: (output, child) => {
        if (output.trim() === "ready") onReady((signal) => child.kill(signal));
      },
    },
  );

test("a run that is killed at any moment goes on, and pays nothing twice", { timeout: 120_000 }, async () => {
  const server = await startNumbered();
  const path = join(folder, "answers.jsonl");
  const random = createRandom(5);
  let kills = 0;
  let output = "";
  for (let isDone = false; !isDone; ) {
    const before = new Map(server.asked);
    const kept = keptIn(path);
    expect(new Set(kept).size).toBe(kept.length);
    const killAt = [...before.values()].reduce((sum, times) => sum + times, 0) + 8 + random.integer(16);
    const isLast = kills === 4;
    const finished = await start(server.baseUrl, path, (kill) => {
      server.listen((requests) => {
        if (!isLast && requests >= killAt) setTimeout(() => kill("SIGKILL"), random.uniform() * 6);
      });
    });
    for (const answer of kept) expect(server.asked.get(answer)).toBe(before.get(answer)); // never asked again
    isDone = finished.signal === null;
    output = finished.output;
    if (isDone) expect(finished.code, finished.everything).toBe(0);
    else kills++;
  }
  expect(kills).toBe(4);
  const probabilities = JSON.parse(output.split("\n").at(-2)!) as number[];
  expect(probabilities).toHaveLength(pairs);
  expect(probabilities.every((probability) => probability > 0 && probability < 1)).toBe(true);
  expect(keptIn(path)).toHaveLength(2 * pairs);
  expect(server.asked.size).toBe(2 * pairs);
  // Asked twice is at most what was under way when the process died.
  const extra = [...server.asked.values()].reduce((sum, times) => sum + times - 1, 0);
  expect(extra).toBeLessThanOrEqual(kills * 3);
  await server.close();
});

test("Ctrl-C keeps what is under way, releases the lock, and the next run goes on", {
  timeout: 60_000,
}, async () => {
  const server = await startNumbered();
  const path = join(folder, "interrupted.jsonl");
  let interrupted = false;
  const stopped = await start(server.baseUrl, path, (kill) => {
    server.listen((requests) => {
      if (requests < 10 || interrupted) return;
      interrupted = true;
      kill("SIGINT");
    });
  });
  expect([stopped.code, stopped.output]).toEqual([130, "ready\ninterrupted\n"]);
  expect(existsSync(`${path}.lock`)).toBe(false);
  const kept = keptIn(path);
  expect(kept).toHaveLength(server.asked.size); // all that was asked is kept
  server.listen(() => {});
  const { code } = await start(server.baseUrl, path, () => {});
  expect(code).toBe(0);
  expect([...server.asked.values()].every((times) => times === 1)).toBe(true);
  expect(server.asked.size).toBe(2 * pairs);
  await server.close();
});
