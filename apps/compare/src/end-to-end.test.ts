import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { backend, type Finished, outcomeOf, readSummary, runCompare } from "./test-app.ts";

/** Each run starts processes, on a machine that may be busy. */
vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

const parent = mkdtempSync(join(tmpdir(), "accord-compare-"));
afterAll(() => rmSync(parent, { recursive: true, force: true }));
const own = join(import.meta.dirname, "../examples/own-algorithm.ts");
const number = expect.any(Number);
const tiny = (task: string, out: string) => [
  "--task",
  task,
  "--preset",
  "tiny",
  "--backend",
  backend,
  "--out",
  out,
];
const spread = { mean: number, low95: number, high95: number, stepsPerSecond: number };

const whole = join(parent, "exact");
const exact = ["--algorithms", "ppo,dpo", "--steps", "160"];

let finished: Finished;
beforeAll(async () => {
  finished = await runCompare([...tiny("exact", whole), ...exact, "--jobs", "2"]);
});

test("the exact task: two algorithms, two seeds in parallel, and a summary of just what it promises", async () => {
  expect(finished).toMatchObject({ code: 0, errors: "" });
  const seed = (seed: number) => ({
    ...{ seed, finalReturn: number, steps: 160, seconds: number },
    ...{ distanceToOptimum: number, klNats: number },
  });
  const algorithm = { seeds: [seed(1), seed(2)], ...spread };
  expect(readSummary(whole)).toEqual({
    task: "exact",
    backend,
    algorithms: { ppo: algorithm, dpo: algorithm },
  });
  for (const { seeds, mean, low95, high95, stepsPerSecond } of Object.values(readSummary(whole).algorithms)) {
    const [first, second] = seeds as [(typeof seeds)[number], (typeof seeds)[number]];
    expect(mean).toBeCloseTo((first.finalReturn + second.finalReturn) / 2, 10);
    // With two seeds a resample is either of them twice, or both.
    expect([low95, high95]).toEqual([first.finalReturn, second.finalReturn].sort((a, b) => a - b));
    expect(stepsPerSecond).toBeCloseTo(320 / (first.seconds + second.seconds), 6);
    // J of the reference is 1.3093, the best possible 1.5823: a moment of learning lies in between.
    expect(mean).toBeGreaterThan(1.31);
    expect(mean).toBeLessThan(1.5823);
  }
  const row = /^ppo +2 +\d\.\d+ \(/m;
  expect(finished.output).toMatch(row);
  // Two at a time: both were under way when the first note of progress was printed.
  expect(finished.output).toMatch(/runs \d\/4 .*%.*%/);
  for (const run of ["ppo/seed-1", "dpo/seed-2"]) {
    expect(existsSync(join(whole, "runs", run, "metrics.jsonl"))).toBe(true);
  }
});

test("its report opens in a browser, without errors, with all its charts, on a screen and on a phone", async () => {
  const path = join(whole, "report.html");
  expect(readFileSync(path, "utf8")).not.toMatch(/<(?:script|link|iframe|img)\b|@import|url\(/i);
  const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
  try {
    const page = await browser.newPage({ viewport: { width: 1100, height: 900 } });
    const problems: string[] = [];
    page.on("console", (message) => problems.push(message.text()));
    page.on("pageerror", (error) => problems.push(String(error)));
    await page.goto(`file://${path}`);
    expect(problems).toEqual([]);
    const titles = await page.locator("figcaption").allInnerTexts();
    expect(titles).toEqual([
      "Mean",
      "Interquartile mean",
      expect.stringMatching(/^(ppo|dpo): probability of improvement$/),
      "J = E reward − β·KL, over responses",
      "J = E reward − β·KL, over seconds of training",
      "Largest difference of a probability",
    ]);
    for (const width of [1100, 400]) {
      await page.setViewportSize({ width, height: 900 });
      const overhang = await page.evaluate("document.documentElement.scrollWidth - window.innerWidth");
      expect(overhang, `at a width of ${width}`).toBeLessThanOrEqual(0);
    }
  } finally {
    await browser.close();
  }
});

test("killed and resumed, a comparison ends as an undisturbed one", async () => {
  const folder = join(parent, "killed");
  const flags = [...tiny("exact", folder), ...exact, "--jobs", "2"];
  const killed = await runCompare(flags, { signal: "SIGKILL", text: "ppo/1: final return" });
  expect(killed).toMatchObject({ signal: "SIGKILL" });
  expect(existsSync(join(folder, "summary.json"))).toBe(false);
  const resumed = await runCompare(["--resume", "--out", folder]);
  expect(resumed).toMatchObject({ code: 0, errors: "" });
  // What had ended is not run again.
  expect(resumed.output).not.toContain("ppo/1: final return");
  expect(resumed.output).toContain("dpo/2: final return");
  expect(outcomeOf(folder)).toEqual(outcomeOf(whole));
});

test("Ctrl-C stops the runs, which go on where they were", async () => {
  const folder = join(parent, "interrupted");
  const flags = [...tiny("exact", folder), ...exact, "--jobs", "2"];
  const stopped = await runCompare(flags, { signal: "SIGINT", text: "ppo/1: final return" });
  expect(stopped.code).toBe(130);
  expect(stopped.errors).toContain(`To go on: npm run compare -- --resume --out ${folder}`);
  expect(existsSync(join(folder, "runs/dpo/seed-1/lock"))).toBe(false);
  expect(await runCompare(["--resume", "--out", folder])).toMatchObject({ code: 0, errors: "" });
  expect(outcomeOf(folder)).toEqual(outcomeOf(whole));
});

test("control: PPO, A2C, DQN and an algorithm of one's own, by their names alone", async () => {
  const folder = join(parent, "cartpole");
  const algorithms = ["--algorithms", `ppo,a2c,dqn,${own}`, "--seeds", "1", "--steps", "2100"];
  expect(await runCompare([...tiny("cartpole", folder), ...algorithms])).toMatchObject({
    code: 0,
    errors: "",
  });
  const summary = readSummary(folder);
  expect(Object.keys(summary.algorithms)).toEqual(["ppo", "a2c", "dqn", "own-algorithm"]);
  // Rounded up to whole rollouts: of 8 × 32, 8 × 5, 256 and 8 × 256 steps.
  const steps = Object.values(summary.algorithms).map(({ seeds }) => seeds[0]!.steps);
  expect(steps).toEqual([2304, 2120, 2304, 4096]);
  for (const { seeds } of Object.values(summary.algorithms)) {
    expect(seeds[0]!.finalReturn).toBeGreaterThan(8);
    expect(seeds[0]).toEqual({ seed: 1, finalReturn: number, steps: number, seconds: number });
  }
  const readme = readFileSync(own, "utf8").trimEnd().split("\n").length;
  expect(readme).toBeLessThanOrEqual(60);
});

test("acrobot runs", async () => {
  const folder = join(parent, "acrobot");
  const flags = ["--algorithms", "a2c", "--seeds", "1", "--steps", "160", "--evaluation-episodes", "1"];
  expect(await runCompare([...tiny("acrobot", folder), ...flags])).toMatchObject({ code: 0, errors: "" });
  expect(readSummary(folder).algorithms.a2c!.mean).toBeGreaterThanOrEqual(-500);
});

test("one run that fails leaves the others' results, and says what went wrong", async () => {
  const folder = join(parent, "failing");
  const broken = join(parent, "broken.ts");
  writeFileSync(broken, "export default () => { throw new Error('it is broken'); };");
  const flags = ["--algorithms", `${broken},ppo`, "--seeds", "1"];
  const { code, output, errors } = await runCompare([...tiny("exact", folder), ...flags]);
  expect(code).toBe(1);
  expect(output).toContain("broken/1 failed: Error: it is broken");
  expect(errors).toContain("error: 1 of 2 runs failed (broken/1)");
  expect(Object.keys(readSummary(folder).algorithms)).toEqual(["ppo"]);
  expect(readFileSync(join(folder, "report.html"), "utf8")).toContain("of 2; the others failed");
});
