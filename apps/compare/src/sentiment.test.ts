import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTinyWorld } from "@accord-rl/testing";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { backend, outcomeOf, readSummary, runCompare } from "./test-app.ts";

/** A dozen processes, on a machine that may be busy. */
vi.setConfig({ testTimeout: 240_000, hookTimeout: 120_000 });

const parent = mkdtempSync(join(tmpdir(), "accord-compare-sentiment-"));
afterAll(() => rmSync(parent, { recursive: true, force: true }));
const folder = join(parent, "run");
const world = createTinyWorld(join(parent, "world"), { backend });
const algorithms = ["ppo", "rloo", "ilql", "best-of-2", "best-of-4"];
const flagsFor = (out: string) => [
  ...["--task", "sentiment", "--preset", "tiny", "--backend", backend, "--seeds", "1", "--steps", "16"],
  ...["--algorithms", algorithms.join(), "--sentiment", world.config, "--out", out],
];

beforeAll(async () => {
  expect(await runCompare(flagsFor(folder))).toMatchObject({ code: 0, errors: "" });
});

test("all go out from one preparation, and learn from as many responses", () => {
  expect(existsSync(join(folder, "runs/preparation/seed-1/checkpoints/rewardModel/final"))).toBe(true);
  const summary = readSummary(folder);
  expect(Object.keys(summary.algorithms)).toEqual(algorithms);
  const seeds = algorithms.map((name) => summary.algorithms[name]!.seeds[0]!);
  for (const { finalReturn } of seeds) expect(Math.abs(finalReturn)).toBeLessThanOrEqual(1);
  // 16 responses each; reviews for ILQL, as many as there are: 2 × 64; none for best of n.
  expect(seeds.map(({ steps }) => steps)).toEqual([16, 16, 128, 0, 0]);
  // log n − (n − 1)/n
  expect(seeds[3]!.klNats).toBeCloseTo(0.1931, 4);
  expect(seeds[4]!.klNats).toBeCloseTo(0.6363, 4);
  for (const { klNats } of seeds) expect(klNats).toBeGreaterThan(-0.5);
});

test("the report shows the frontier of reward against KL, and how much was gained", () => {
  const html = readFileSync(join(folder, "report.html"), "utf8");
  for (const text of ["gold against KL", "best of n", "gain (95 %)", "gold, over responses"])
    expect(html).toContain(text);
});

test("killed and resumed, it goes on from what was prepared, and ends as an undisturbed one", async () => {
  const killed = join(parent, "killed");
  const signalAt = { signal: "SIGKILL", text: "seed 1: prepared" } as const;
  expect(await runCompare(flagsFor(killed), signalAt)).toMatchObject({ signal: "SIGKILL" });
  const resumed = await runCompare(["--resume", "--out", killed]);
  expect(resumed).toMatchObject({ code: 0, errors: "" });
  expect(resumed.output).not.toContain("seed 1: prepared");
  expect(outcomeOf(killed)).toEqual(outcomeOf(folder));
});
