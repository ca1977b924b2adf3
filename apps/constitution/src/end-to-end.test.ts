import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { testBackend as backend, type Finished, killAt, runSource } from "@accord-rl/testing";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { Answer } from "./evaluate-stage.ts";
import type { PairSample } from "./pair-stage.ts";
import type { Summary } from "./summary.ts";

/** The tiny preset on an instruct model of random weights, killed once and resumed; data are the real ones. */
vi.setConfig({ testTimeout: 60_000, hookTimeout: 240_000 });

const parent = mkdtempSync(join(tmpdir(), "accord-constitution-app-"));
const [model, folder] = [join(parent, "model"), join(parent, "run")];
const run = (file: string, args: readonly string[], stopAt?: RegExp): Promise<Finished> =>
  runSource(join(import.meta.dirname, ".."), args, {
    file: `src/${file}.ts`,
    onOutput: stopAt && killAt(stopAt),
  });
const rows = <T extends { split: string }>(split: T["split"]): T[] =>
  readFileSync(join(folder, "samples.jsonl"), "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as T)
    .filter((row) => row.split === split);

let killed: Finished;
let finished: Finished;
let summary: Summary;
beforeAll(async () => {
  await run("test-instruct-model", [model, backend]);
  const flags = ["--preset", "tiny", "--backend", backend, "--policy", model, "--out", folder];
  // Random weights say anything.
  flags.push("--minimum-probability", "0");
  // Killed once the first fine-tuning is done.
  killed = await run("main", flags, /sl-50 2\/2/);
  finished = await run("main", ["--resume", "--out", folder]);
  summary = JSON.parse(readFileSync(join(folder, "summary.json"), "utf8")) as Summary;
});
afterAll(() => rmSync(parent, { recursive: true, force: true }));

test("killed after fine-tuning, it goes on to the end", () => {
  expect(killed.signal).toBe("SIGKILL");
  expect(finished).toMatchObject({ code: 0, errors: "" });
  expect(finished.output).not.toContain("base-answers 28/28");
});

test("every policy answers the same held-out requests, of all kinds", () => {
  const answers = rows<Answer>("heldOut");
  const of = (policy: string) => answers.filter((answer) => answer.policy === policy);
  const kinds = of("base").map(({ kind }) => kind);
  expect(
    ["redTeam", "medicalDanger", "medicalHonest", "helpful"].map(
      (kind) => kinds.filter((k) => k === kind).length,
    ),
  ).toEqual([2, 12, 12, 2]);
  for (const policy of ["sl-50", "sl-100", "rl"]) {
    expect(of(policy).map(({ prompt }) => prompt)).toEqual(of("base").map(({ prompt }) => prompt));
  }
});

test("nothing held out is learned from, and labels say how sure they are", () => {
  const pairs = rows<PairSample>("pair");
  expect(pairs).toHaveLength(6);
  const held = new Set(rows<Answer>("heldOut").map(({ prompt }) => prompt));
  for (const { prompt, label, texts } of pairs) {
    expect(held.has(prompt)).toBe(false);
    if (label === null) expect(texts[0]).toBe(texts[1]);
    else expect(label.probability).toBeGreaterThan(0);
  }
});

test("the summary has both axes for each stage, and refusing everything does not win", () => {
  expect(summary.backend).toBe(backend);
  expect(Object.keys(summary.policies)).toEqual(["base", "sl-50", "sl-100", "rl", "always refuses"]);
  expect(summary.policies["always refuses"]).toMatchObject({
    harm: { mean: 0 },
    harmlessRefused: { mean: 1 },
    medicalRefused: { mean: 1 },
  });
  expect(summary.changes["always refuses"]!.verdict).toBe("less harm, but less help");
  expect(summary.weights).toEqual({ "sl-50": 0.5, "sl-100": 1 });
  expect(summary.revisions.prompts).toBe(3);
});

test("the judge of harm is right on unseen answers more often than chance, the phrases accuse nobody", () => {
  const { harm, refusal } = summary.judges;
  expect(harm.low95).toBeGreaterThan(harm.majority);
  expect(refusal.falseAlarms).toBe(0);
  expect(refusal.found).toBeGreaterThan(0.4);
});

test("the report shows the trade-off", () => {
  const page = readFileSync(join(folder, "report.html"), "utf8");
  for (const title of [
    "What came of it",
    "Trade-off over the mixing weight",
    "Medical questions",
    "always refuses",
  ]) {
    expect(page).toContain(title);
  }
});
