import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { testBackend as backend, type Finished, killAt, runSource } from "@accord-rl/testing";
import { chromium } from "playwright-core";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { Judgement } from "./judge-set.ts";
import type { Summary } from "./summary.ts";
import { opinionOf, startServer } from "./test-server.ts";

/** The tiny preset on real pairs, labelled through a real server on this machine, by a model whose faults are known. */
vi.setConfig({ testTimeout: 120_000, hookTimeout: 240_000 });

const parent = mkdtempSync(join(tmpdir(), "accord-labelers-"));
const folder = join(parent, "run");
const run = (args: readonly string[], stopAt?: string): Promise<Finished> =>
  runSource(join(import.meta.dirname, ".."), args, {
    onOutput: stopAt === undefined ? undefined : killAt(stopAt),
  });
const judgements = (): Judgement[] =>
  readFileSync(join(folder, "samples.jsonl"), "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Judgement);

let server: Awaited<ReturnType<typeof startServer>>;
let killed: Finished;
let finished: Finished;
let summary: Summary;
beforeAll(async () => {
  server = await startServer();
  const flags = ["--preset", "tiny", "--backend", backend, "--labeler", server.name, "--out", folder];
  killed = await run(flags, "alpaca-choice 1/1");
  finished = await run(["--resume", "--out", folder]);
  summary = JSON.parse(readFileSync(join(folder, "summary.json"), "utf8")) as Summary;
});
afterAll(() => {
  server.close();
  rmSync(parent, { recursive: true, force: true });
});

const figuresOf = (set: string, method: string) =>
  summary.methods.find((figures) => figures.set === set && figures.method === method)!;

test("killed, it goes on, and asks nothing twice", () => {
  expect(killed.signal).toBe("SIGKILL");
  expect(finished).toMatchObject({ code: 0, errors: "" });
  expect([...server.asked.values()].every((times) => times === 1)).toBe(true);
  // Two sets: 12 pairs in two orders, the answer begun or not, and with two scores; of 4 the letter, and reasons and choice in two orders.
  const scores = [...server.asked.keys()].filter((key) => !key.includes("Response 2:")).length;
  expect(server.asked.size - scores).toBe(2 * (12 * 2 * 2 + 4 + 4 * 2 * 2));
  expect(scores).toBeLessThanOrEqual(2 * 12 * 2); // an answer that stands in two pairs is scored once
});

test("averaging over both orders takes the bias to the first out", () => {
  const choices = judgements().filter(({ question }) => question === "choice");
  expect(choices).toHaveLength(24);
  const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
  for (const { lengths, label } of choices) {
    const [first, second] = lengths.map((length) => "x".repeat(length)) as [string, string];
    expect(label!.orders![0]).toBeCloseTo(sigmoid(opinionOf(first, second)), 9);
    expect(label!.orders![1]).toBeCloseTo(sigmoid(-opinionOf(second, first)), 9);
  }
  for (const set of ["qa", "alpaca"]) {
    // What is left is that it likes long answers.
    expect(figuresOf(set, "averaged").accuracy).toBe(figuresOf(set, "longer").accuracy);
    expect(figuresOf(set, "shorter").accuracy).toBeCloseTo(1 - figuresOf(set, "longer").accuracy, 12);
    expect(figuresOf(set, "logProbs").accuracy).toBe(figuresOf(set, "letter").accuracy);
    expect(figuresOf(set, "logProbs").brier).toBeLessThan(figuresOf(set, "letter").brier + 0.2);
    // It gives every answer the same score: a coin.
    expect(figuresOf(set, "score")).toMatchObject({ accuracy: 0.5, brier: 0.25, pairs: 12 });
    expect(figuresOf(set, "written").pairs).toBe(4);
  }
  const bias = summary.consistency.filter(({ question }) => question === "choice");
  for (const { firstBias, consistency } of bias) {
    expect(firstBias).toBeGreaterThan(0);
    expect(consistency).toBeLessThanOrEqual(1);
  }
  expect(summary.writtenAsLikely).toEqual({ pairs: 8, same: 8 });
});

test("methods are compared pair by pair, on the pairs that both judged", () => {
  const find = (set: string, of: string, minus: string) =>
    summary.comparisons.find((row) => row.set === set && row.of === of && row.minus === minus)!;
  const qa = find("qa", "averaged", "letter");
  expect(qa.difference).toBeCloseTo(
    figuresOf("qa", "averaged").accuracy - figuresOf("qa", "letter").accuracy,
    12,
  );
  expect(qa.low95).toBeLessThanOrEqual(qa.difference);
  expect(find("all", "averaged", "longer")).toMatchObject({ pairs: 24, difference: 0, low95: 0, high95: 0 });
  expect(find("all", "thinking", "averaged")).toMatchObject({ pairs: 8, difference: 0 });
  expect(finished.output).toContain("HaluEval, questions");
  const tables = readFileSync(join(folder, "tables.md"), "utf8");
  expect(tables).toContain("| HaluEval, questions | log-probs, both orders averaged | ");
});

test("the report opens, with its charts and reasons", async () => {
  const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
  try {
    const page = await browser.newPage();
    const errors: string[] = [];
    page.on("pageerror", (error) => errors.push(String(error)));
    await page.goto(`file://${join(folder, "report.html")}`);
    expect(await page.locator("h2").allTextContents()).toEqual([
      "Which way of reading is right most often",
      "Pair by pair",
      "Position",
      "Reasons that it gave",
      "Options",
    ]);
    expect(await page.locator("svg").count()).toBe(2);
    expect(await page.locator("article").count()).toBe(4);
    expect(errors).toEqual([]);
  } finally {
    await browser.close();
  }
});
