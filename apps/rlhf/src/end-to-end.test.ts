import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { HeldOutSample } from "@accord-rl/recipes";
import { chromium } from "playwright-core";
import { SentimentIntensityAnalyzer } from "vader-sentiment";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { parse } from "yaml";
import { backend, type Finished, readLines, readSamples, readSummary, runRlhf } from "./test-app.ts";
import { bootstrap, figuresOf, goldDifferences, orderAgreement, wilson } from "./test-recompute.ts";

/** One run of the tiny preset on the real model and the real reviews; the first ever also fetches them. */
vi.setConfig({ testTimeout: 60_000, hookTimeout: 300_000 });

const parent = mkdtempSync(join(tmpdir(), "accord-rlhf-"));
afterAll(() => rmSync(parent, { recursive: true, force: true }));
const folder = join(parent, "run");
const at = (name: string) => join(folder, name);
let finished: Finished;
beforeAll(async () => {
  finished = await runRlhf(["--preset", "tiny", "--backend", backend, "--seed", "2", "--out", folder]);
});

const samplesOf = (policy: HeldOutSample["policy"]) =>
  readSamples(folder).filter((sample) => sample.split === "heldOut" && sample.policy === policy);

test("ends well, having said what it does", () => {
  expect(finished).toMatchObject({ code: 0, errors: "" });
  for (const text of [
    "rlhf: preset tiny, writing to",
    `backend: ${backend} (`,
    "perplexity on held-out reviews:",
    "of held-out pairs right",
    "win rate against before:",
    `report: ${at("report.html")}`,
  ]) {
    expect(finished.output).toContain(text);
  }
  // Plain lines when piped: no colours, no cursor movements.
  expect(finished.output).not.toContain("\u001b");
});

test("writes every promised file", () => {
  expect(parse(readFileSync(at("config.yaml"), "utf8"))).toMatchObject({
    preset: "tiny",
    seed: 2,
    policy: "stories15M",
  });
  const stages = ["sft", "rewardModel", "ppo"];
  for (const stage of stages) {
    expect(existsSync(at(`checkpoints/${stage}/final/tensors.safetensors`))).toBe(true);
  }
  const [events] = readdirSync(at("tensorboard"));
  expect(events).toMatch(/^events\.out\.tfevents\./);
  expect(readFileSync(at(`tensorboard/${events}`)).includes("ppo/klNats")).toBe(true);
  const rows = readLines(at("metrics.jsonl"));
  expect(new Set(rows.map(({ stage }) => stage))).toEqual(new Set([...stages, "evaluation"]));
  const updates = rows.filter(({ stage }) => stage === "ppo").map(({ metrics }) => metrics);
  expect(updates).toHaveLength(2);
  // What was sampled is what is scored: the ratio is 1 on the first update.
  for (const metrics of updates as { ratioDeviation: number }[]) {
    expect(metrics.ratioDeviation).toBeLessThan(1e-3);
  }
});

const number = expect.any(Number);
const figures = {
  ...{ reward: number, gold: number, secondJudge: number },
  ...{ perplexity: number, distinct2: number, length: number },
};
const interval = { mean: number, low95: number, high95: number };

test("summary.json holds what it should, and nothing else", () => {
  const summary = readSummary(folder);
  expect(summary).toEqual({
    task: "sentiment",
    metric: "VADER",
    backend,
    preset: "tiny",
    seed: 2,
    seconds: { total: number, sft: number, rewardModel: number, ppo: number, evaluation: number },
    sft: { perplexityBefore: number, perplexityAfter: number },
    rewardModel: {
      ...{ heldOutAccuracy: number, bagOfWordsAccuracy: number, lengthBaselineAccuracy: number },
      ...{ ece: number, pairs: 16, onPolicyAgreement: { before: number, after: number } },
    },
    heldOut: {
      ...{ prompts: 8, before: figures, after: figures, bestOf4: figures },
      ...{ goldDifference: interval, winRate: interval, lengthControlledWinRate: interval },
      ...{ klNats: number, targetKl: number },
    },
    alarms: expect.any(Array),
  });
  const { total, ...stages } = summary.seconds;
  const inStages = Object.values(stages).reduce((sum, seconds) => sum + seconds, 0);
  expect(inStages).toBeGreaterThan(0);
  expect(total).toBeGreaterThan(inStages);
});

test("samples.jsonl holds the same prompts before, after and with the best of 4, with their scores", () => {
  const [before, after, bestOf4] = [samplesOf("before"), samplesOf("after"), samplesOf("bestOf4")];
  expect(readSamples(folder)).toHaveLength(24);
  for (const sample of [...before, ...after, ...bestOf4]) {
    expect(sample).toEqual({
      ...{ split: "heldOut", policy: expect.any(String), prompt: expect.any(String) },
      ...{ response: expect.any(String), reward: number, gold: number, secondJudge: number },
      ...{ klNats: number, surprise: number, length: number },
    });
    expect(sample.gold).toBe(SentimentIntensityAnalyzer.polarity_scores(sample.response).compound);
    expect(sample.secondJudge).toBeGreaterThan(0);
    expect(sample.secondJudge).toBeLessThan(1);
    expect(sample.surprise).toBeGreaterThan(0);
    expect(sample.length).toBeLessThanOrEqual(8);
  }
  const prompts = before.map(({ prompt }) => prompt);
  expect(new Set(prompts).size).toBe(8);
  expect(after.map(({ prompt }) => prompt)).toEqual(prompts);
  expect(bestOf4.map(({ prompt }) => prompt)).toEqual(prompts);
  expect(before.every(({ klNats }) => klNats === 0)).toBe(true);
  // log 4 − 3/4
  expect(bestOf4.every(({ klNats }) => Math.abs(klNats - 0.6362943611) < 1e-9)).toBe(true);
});

test("the summary follows from samples.jsonl", () => {
  const { heldOut, rewardModel } = readSummary(folder);
  const [before, after] = [samplesOf("before"), samplesOf("after")];
  for (const policy of ["before", "after", "bestOf4"] as const) {
    for (const [name, value] of Object.entries(figuresOf(samplesOf(policy)))) {
      expect(heldOut[policy][name as "gold"], `${name} ${policy}`).toBeCloseTo(value, 9);
    }
  }
  const differences = goldDifferences(before, after);
  const { mean, low95, high95 } = heldOut.goldDifference;
  expect(mean).toBeCloseTo(heldOut.after.gold - heldOut.before.gold, 9);
  // Two bootstraps of some thousand draws, of so few prompts, agree to a tenth of the interval.
  const drawn = bootstrap(differences);
  const tolerance = 0.1 * (drawn.high - drawn.low);
  expect(Math.abs(low95 - drawn.low)).toBeLessThan(tolerance);
  expect(Math.abs(high95 - drawn.high)).toBeLessThan(tolerance);

  const won = differences.map((difference) => (difference > 0 ? 1 : difference === 0 ? 0.5 : 0));
  const share = won.reduce<number>((sum, win) => sum + win, 0) / won.length;
  const limits = wilson(share, won.length);
  expect(heldOut.winRate.mean).toBeCloseTo(share, 12);
  expect(heldOut.winRate.low95).toBeCloseTo(limits.low, 6);
  expect(heldOut.winRate.high95).toBeCloseTo(limits.high, 6);
  const kl = after.reduce((sum, { klNats }) => sum + klNats, 0) / after.length;
  expect(heldOut.klNats).toBeCloseTo(kl, 9);
  expect(rewardModel.onPolicyAgreement.before).toBeCloseTo(orderAgreement(before), 12);
  expect(rewardModel.onPolicyAgreement.after).toBeCloseTo(orderAgreement(after), 12);
});

test("report.html opens offline in a browser, without errors, with all its charts", async () => {
  const html = readFileSync(at("report.html"), "utf8");
  expect(html.match(/(?:https?:)?\/\/[a-z0-9-]+\.[a-z]/gi) ?? []).toEqual([]);
  expect(html).not.toMatch(/<(?:script|link|iframe|img)\b|@import|url\(/i);
  const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
  try {
    const page = await browser.newPage({ viewport: { width: 1100, height: 900 } });
    const problems: string[] = [];
    const requests: string[] = [];
    page.on("console", (message) => problems.push(message.text()));
    page.on("pageerror", (error) => problems.push(String(error)));
    page.on("request", (request) => requests.push(request.url()));
    await page.goto(`file://${at("report.html")}`);
    expect(problems).toEqual([]);
    expect(requests).toEqual([`file://${at("report.html")}`]);

    const charts = await page.locator("svg").evaluateAll((all) =>
      all.map((svg) => {
        const { width, height } = svg.getBoundingClientRect();
        return { marks: svg.querySelectorAll("path, polyline, rect, circle").length, width, height };
      }),
    );
    expect(charts.length).toBeGreaterThanOrEqual(12);
    for (const { marks, width, height } of charts) {
      expect(marks).toBeGreaterThan(0);
      expect(Math.min(width, height)).toBeGreaterThan(100);
    }
    const text = await page.locator("body").innerText();
    for (const { response } of samplesOf("after").slice(0, 3)) expect(text).toContain(response.trim());
    for (const title of ["Reward", "KL to the SFT policy", "Entropy", "Value loss", "Response length"]) {
      expect(text).toContain(title);
    }
    expect(text).toMatch(/Calibration/);
    expect(text).toMatch(/What it cost/i);
    // Nothing sticks out, on a screen or on a phone.
    for (const width of [1100, 400]) {
      await page.setViewportSize({ width, height: 900 });
      const overhang = await page.evaluate("document.documentElement.scrollWidth - window.innerWidth");
      expect(overhang, `at a width of ${width}`).toBeLessThanOrEqual(0);
    }
    expect((await page.screenshot({ fullPage: true })).length).toBeGreaterThan(50_000);
  } finally {
    await browser.close();
  }
});
