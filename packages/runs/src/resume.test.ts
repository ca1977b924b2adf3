import { spawn } from "node:child_process";
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const app = join(import.meta.dirname, "__fixtures__/counter-app.ts");
const parent = mkdtempSync(join(tmpdir(), "accord-runs-"));
afterAll(() => rmSync(parent, { recursive: true, force: true }));

const runCounter = (
  args: readonly string[],
  onOutput: (text: string, kill: (signal: NodeJS.Signals) => void) => void = () => {},
): Promise<{ code: number | null; signal: string | null; output: string; errors: string }> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [
      "--import",
      "tsx",
      "--conditions=@accord-rl/source",
      app,
      ...args,
    ]);
    let output = "";
    let errors = "";
    child.stdout.on("data", (text) => {
      output += text;
      onOutput(output, (signal) => child.kill(signal));
    });
    child.stderr.on("data", (text) => {
      errors += text;
    });
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ code, signal, output, errors }));
  });

const lines = (path: string) =>
  readFileSync(path, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as { machine?: unknown });

/** What must not depend on where a run was broken off. */
const outcome = (folder: string) => ({
  metrics: lines(join(folder, "metrics.jsonl")).map(({ machine, ...rest }) => rest),
  samples: lines(join(folder, "samples.jsonl")),
  summary: JSON.parse(readFileSync(join(folder, "summary.json"), "utf8")) as unknown,
  weights: readFileSync(join(folder, "checkpoints/main/final/tensors.safetensors")),
});

const whole = join(parent, "whole");
beforeAll(async () => {
  expect(await runCounter(["--out", whole])).toMatchObject({ code: 0, errors: "" });
});

test("an undisturbed run writes everything", () => {
  const { metrics, samples } = outcome(whole);
  // 1 log + 7 steps; two loops of 7 and 6 (stopped) steps; 1 + 7 + 1 + 6 + 3 samples.
  expect(metrics).toHaveLength(1 + 7 + 7 + 6);
  expect(samples).toHaveLength(1 + 7 + 1 + 6 + 3);
  expect(metrics.at(-1)).toMatchObject({ stage: "main", loop: "second", step: 6 });
  expect(lines(join(whole, "metrics.jsonl"))[1]!.machine).toMatchObject({
    seconds: expect.any(Number),
    rssMiB: expect.any(Number),
    loopSeconds: expect.any(Number),
  });
});

describe("kill -9 and resume end as one whole run", () => {
  test.concurrent.each([
    ["in the first steps, before any checkpoint", ["warm-up:2"]],
    ["between two checkpoints", ["warm-up:5"]],
    ["in the last step of a loop", ["warm-up:7"]],
    ["in the second stage's first loop, then in its second", ["first:4", "second:5"]],
    ["in a stage without a loop, twice", ["evaluation:2", "evaluation:3"]],
  ])("%s", async (name, kills) => {
    const folder = join(parent, name);
    let resume: string[] = [];
    for (const kill of kills) {
      const killed = await runCounter(["--out", folder, "--kill-at", kill, ...resume]);
      expect(killed.signal).toBe("SIGKILL");
      resume = ["--resume"];
    }
    expect(await runCounter(["--out", folder, "--kill-at", "", ...resume])).toMatchObject({
      code: 0,
      errors: "",
    });
    expect(outcome(folder)).toEqual(outcome(whole));
    expect(existsSync(join(folder, "lock"))).toBe(false);
  });
});

test.concurrent("a half-written last line, as a full disk leaves it, is dropped on resume", async () => {
  const folder = join(parent, "torn");
  await runCounter(["--out", folder, "--kill-at", "first:5"]);
  appendFileSync(join(folder, "metrics.jsonl"), '{"stage":"ma');
  expect((await runCounter(["--out", folder, "--resume", "--kill-at", ""])).code).toBe(0);
  expect(outcome(folder)).toEqual(outcome(whole));
});

test.concurrent("metrics that were shortened by hand are not silently wrong", async () => {
  const folder = join(parent, "shortened");
  await runCounter(["--out", folder, "--kill-at", "first:5"]);
  truncateSync(join(folder, "metrics.jsonl"), 10);
  const { code, errors } = await runCounter(["--out", folder, "--resume", "--kill-at", ""]);
  expect(code).toBe(1);
  expect(errors).toMatch(/^error: .*metrics\.jsonl: has 10 bytes, but the last checkpoint saw \d+/);
});

test.concurrent.each(["SIGINT", "SIGTERM"] as const)(
  "%s saves, says how to go on, and exits with 130",
  async (signal) => {
    const folder = join(parent, signal);
    let sent = false;
    const interrupted = await runCounter(["--out", folder, "--delay", "30"], (output, kill) => {
      if (sent || !output.includes("main/first 2/7")) return;
      sent = true;
      kill(signal);
    });
    expect(interrupted).toMatchObject({ code: 130, signal: null });
    expect(interrupted.output).toContain("finishing the current step");
    expect(interrupted.errors).toContain("interrupted in stage main, saved at step");
    expect(interrupted.errors).toContain(`To go on: counter --resume --out ${folder}`);
    expect((await runCounter(["--out", folder, "--resume", "--delay", "0"])).code).toBe(0);
    expect(outcome(folder)).toEqual(outcome(whole));
  },
);

test.concurrent("a failing step ends in one line and leaves earlier results; bad options end with code 2", async () => {
  const folder = join(parent, "failing");
  const failed = await runCounter(["--out", folder, "--fail-at", "first:5"]);
  expect(failed).toMatchObject({
    code: 1,
    errors: `error: first: told to fail\nTo go on: counter --resume --out ${folder}\n`,
  });
  const other = await runCounter(["--out", folder, "--resume", "--steps", "9", "--seed", "2"]);
  expect(other.code).toBe(2);
  expect(other.errors).toContain("seed was 1, now 2; steps was 7, now 9");
  const again = await runCounter(["--out", folder]);
  expect(again).toMatchObject({ code: 2, errors: expect.stringContaining("is not empty") });
  expect(await runCounter(["--out", folder, "--resume", "--fail-at", ""])).toMatchObject({ code: 0 });
  expect(outcome(folder)).toEqual(outcome(whole));
});

test.concurrent("a second process is kept out of the folder while the first one writes", async () => {
  const folder = join(parent, "locked");
  let second: ReturnType<typeof runCounter> | undefined;
  const first = await runCounter(["--out", folder, "--delay", "60"], (output) => {
    if (output.includes("warm-up 1/7")) second ??= runCounter(["--out", folder, "--resume"]);
  });
  expect(first.code).toBe(0);
  const { code, errors } = await second!;
  expect(code).toBe(2);
  expect(errors).toMatch(/process \d+ on .* is writing this run/);
});
