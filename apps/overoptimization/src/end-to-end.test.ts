import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { backend, readSummary, runExperiment } from "./test-app.ts";

/** Each run is a process, on a machine that may be busy. */
vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });

const parent = mkdtempSync(join(tmpdir(), "accord-overoptimization-"));
afterAll(() => rmSync(parent, { recursive: true, force: true }));
const folder = join(parent, "whole");
const tiny = (out: string) => ["--preset", "tiny", "--backend", backend, "--out", out];

let finished: Awaited<ReturnType<typeof runExperiment>>;
beforeAll(async () => {
  finished = await runExperiment(tiny(folder));
});

test("says what it found, and writes just what it promises", () => {
  expect(finished).toMatchObject({ code: 0, errors: "" });
  const number = expect.any(Number);
  const limits = { mean: number, low95: number, high95: number };
  const summary = readSummary(folder);
  expect(summary).toEqual({
    backend,
    seed: 1,
    worlds: 4,
    claims: Array(8).fill({
      claim: expect.stringMatching(/^\((i|ii|iii|iv|v)\) /),
      holds: expect.any(Boolean),
      measure: expect.any(String),
      ...limits,
    }),
    ceiling: number,
    proxies: Array(7).fill({
      labels: number,
      proxy: expect.any(String),
      ...{ accuracy: limits, peakDistance: limits, goldAtPeak: limits },
      ...{ drop: limits, gap: limits, gold: limits },
    }),
    fits: expect.any(Array),
    monitors: {
      asked: 0.5,
      ...{ falseAlarmRate: limits, detectionRate: limits, medianDelay: number },
      ...{ first: expect.any(Object), raised: expect.any(Object) },
    },
  });
  for (const { claim, holds } of summary.claims)
    expect(finished.output).toMatch(
      new RegExp(`^${claim.replace(/[()]/g, "\\$&")} +${holds ? "yes" : "no"} `, "m"),
    );
  // A difference of normal golds with deviation 2 leaves a Bayes ceiling of .77799; these are not quite normal.
  expect(summary.ceiling).toBeGreaterThan(0.75);
  expect(summary.ceiling).toBeLessThan(0.8);
  // More labels, more accuracy; ensembles promise less than one of their members. So it is in these four worlds too.
  const accuracies = summary.proxies.slice(0, 3).map(({ accuracy }) => accuracy.mean);
  expect(accuracies).toEqual([...accuracies].sort((a, b) => a - b));
  const gapOf = (name: string) => summary.proxies.find(({ proxy }) => proxy === name)!.gap.mean;
  expect(gapOf("worst case")).toBeLessThan(gapOf("one member"));
});

test("its report opens in a browser, without errors, on a screen and on a phone", async () => {
  const path = join(folder, "report.html");
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
    expect(titles.slice(0, 4)).toEqual([
      "32 labels",
      "128 labels",
      "512 labels",
      "Gold over √KL, means over worlds",
    ]);
    expect(titles.at(-1)).toBe("World 1: gold over √KL");
    for (const width of [1100, 400]) {
      await page.setViewportSize({ width, height: 900 });
      const overhang = await page.evaluate("document.documentElement.scrollWidth - window.innerWidth");
      expect(overhang, `at a width of ${width}`).toBeLessThanOrEqual(0);
    }
  } finally {
    await browser.close();
  }
});

test("killed and resumed, it ends as an undisturbed run", async () => {
  const killed = join(parent, "killed");
  expect(await runExperiment(tiny(killed), "worlds 3/4")).toMatchObject({ signal: "SIGKILL" });
  expect(existsSync(join(killed, "summary.json"))).toBe(false);
  expect(await runExperiment(["--resume", "--out", killed])).toMatchObject({ code: 0, errors: "" });
  expect(readSummary(killed)).toEqual(readSummary(folder));
});

test("refuses ensembles of a number of labels that no single model has", async () => {
  const { code, errors } = await runExperiment([...tiny(join(parent, "none")), "--ensemble-labels", "100"]);
  expect(code).toBe(2);
  expect(errors).toContain("--ensemble-labels is 100, expected one of --labels (32, 128, 512)");
  expect(existsSync(join(parent, "none"))).toBe(false);
});
