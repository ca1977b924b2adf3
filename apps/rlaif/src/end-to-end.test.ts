import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { testBackend as backend, type Finished, killAt, runSource } from "@accord-rl/testing";
import { chromium } from "playwright-core";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { LabelSample } from "./label-stage.ts";
import type { Summary } from "./summary.ts";
import { opinionOf, startLabeler } from "./test-labeler.ts";

/** The tiny preset on the real model and reviews, labelled through a real server on this machine. */
vi.setConfig({ testTimeout: 120_000, hookTimeout: 300_000 });

const parent = mkdtempSync(join(tmpdir(), "accord-rlaif-"));
const folder = join(parent, "run");
const at = (name: string) => join(folder, name);
const run = (args: readonly string[], stopAt?: RegExp): Promise<Finished> =>
  runSource(join(import.meta.dirname, ".."), args, { onOutput: stopAt && killAt(stopAt) });
const readSummary = () => JSON.parse(readFileSync(at("summary.json"), "utf8")) as Summary;
const readLabels = () =>
  readFileSync(at("samples.jsonl"), "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as LabelSample)
    .filter(({ split }) => split === "label");

let labeler: Awaited<ReturnType<typeof startLabeler>>;
let killed: Finished;
let finished: Finished;
let askedBeforeKill = 0;
beforeAll(async () => {
  labeler = await startLabeler();
  const flags = [
    "--preset",
    "tiny",
    "--backend",
    backend,
    "--labeler",
    labeler.name,
    "--arms",
    "rlaif,hybrid",
    "--out",
    folder,
  ];
  // Killed in the middle of labeling, once the first pairs are judged.
  killed = await run(flags, /labels .*1\/2/);
  askedBeforeKill = labeler.asked.size;
  finished = await run(["--resume", "--out", folder]);
});
afterAll(() => {
  labeler.close();
  rmSync(parent, { recursive: true, force: true });
});

test("killed while labeling, it goes on, and asks nothing twice", () => {
  expect(killed.signal).toBe("SIGKILL");
  expect(askedBeforeKill).toBeGreaterThan(0);
  expect(finished).toMatchObject({ code: 0, errors: "" });
  expect(labeler.asked.size).toBeGreaterThan(askedBeforeKill);
  expect([...labeler.asked.values()].every((times) => times === 1)).toBe(true);
});

test("labels say what the labeler thinks", () => {
  const labels = readLabels();
  expect(labels).toHaveLength(24);
  const question = (text: string) => `Review: ${text}\n\nSentiment (positive or negative):`;
  for (const { first, second, label } of labels) {
    const lean = opinionOf(question(first)) - opinionOf(question(second));
    expect(label!.probability).toBeCloseTo(1 / (1 + Math.exp(-lean)), 9);
  }
  const { labeler: quality } = readSummary();
  const right = labels.filter(({ truth, label }) => label!.probability > 0.5 === (truth === "first"));
  expect(quality).toMatchObject({ pairs: 24, abstained: 0, positionConsistency: null });
  expect(quality.accuracy).toBeCloseTo(right.length / 24, 12);
  expect(quality.low95).toBeLessThan(quality.accuracy);
  // Each text is in a question of its own, for which the server counts 10 tokens; killed and resumed or not.
  expect(quality.inputTokens).toBe(10 * 2 * 24);
});

test("the summary has every policy beside SFT", () => {
  const { policies, differences, audit, backend: used } = readSummary();
  expect(used).toBe(backend);
  expect(Object.keys(policies)).toEqual(["sft", "rlaif", "hybrid"]);
  expect(policies.sft).toMatchObject({ goldGain: { mean: 0 }, winRateAgainstSft: { mean: 0.5 }, klNats: 0 });
  expect(policies.rlaif!.pairs).toBe(24);
  for (const { gold, alarms } of Object.values(policies)) {
    expect(gold.low95).toBeLessThanOrEqual(gold.mean);
    for (const { iteration, reason } of alarms)
      expect([iteration > 0, reason]).toEqual([true, expect.any(String)]);
  }
  expect(differences).toHaveLength(1);
  expect(audit!.findings.map((finding) => finding.audit)).toContain("verbosity");
});

test("the report opens, with its charts", async () => {
  expect(existsSync(at("report.html"))).toBe(true);
  const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
  try {
    const page = await browser.newPage();
    const errors: string[] = [];
    page.on("pageerror", (error) => errors.push(String(error)));
    await page.goto(`file://${at("report.html")}`);
    const headings = await page.locator("h2").allTextContents();
    for (const title of ["What came of it", "The labeler", "Bias of the labeler", "Learning", "Monitors"]) {
      expect(headings).toContain(title);
    }
    expect(await page.locator("svg").count()).toBeGreaterThan(5);
    expect(errors).toEqual([]);
  } finally {
    await browser.close();
  }
});

test("options that can't be are refused before anything is done", async () => {
  const { code, errors } = await run(["--labeling", "dice"]);
  expect(code).toBe(2);
  expect(errors).toMatch(/labeling/);
  const { output } = await run(["--help"]);
  expect(output).toContain("--hybrid-weight");
});
