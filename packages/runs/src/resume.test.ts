import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";

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

test.concurrent.each([
  ["before any checkpoint", ["warm-up:2"]],
  ["in every stage and every loop", ["warm-up:7", "first:4", "second:5", "evaluation:2"]],
])("killed by SIGKILL %s and resumed, a run ends as an undisturbed one", async (name, kills) => {
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

test.concurrent("Ctrl-C saves, says how to go on, and exits with 130", async () => {
  const folder = join(parent, "interrupted");
  let isSent = false;
  const interrupted = await runCounter(["--out", folder, "--delay", "30"], (output, kill) => {
    if (isSent || !output.includes("main/first 2/7")) return;
    isSent = true;
    kill("SIGINT");
  });
  expect(interrupted).toMatchObject({ code: 130, signal: null });
  expect(interrupted.output).toContain("finishing the current step");
  expect(interrupted.errors).toContain("interrupted in stage main, saved at step");
  expect(interrupted.errors).toContain(`To go on: counter --resume --out ${folder}`);
  expect((await runCounter(["--out", folder, "--resume", "--delay", "0"])).code).toBe(0);
  expect(outcome(folder)).toEqual(outcome(whole));
});

test.concurrent("the folder is locked while a process lives, and free when it was killed", async () => {
  const folder = join(parent, "locked");
  let second: ReturnType<typeof runCounter> | undefined;
  const first = await runCounter(["--out", folder, "--delay", "100000"], (output, kill) => {
    if (!output.includes("writing to") || second !== undefined) return;
    second = runCounter(["--out", folder, "--resume"]);
    second.finally(() => kill("SIGKILL"));
  });
  expect(first.signal).toBe("SIGKILL");
  const { code, errors } = await second!;
  expect(code).toBe(2);
  expect(errors).toMatch(/process \d+ on .* is writing this run/);
  expect((await runCounter(["--out", folder, "--resume", "--delay", "0"])).code).toBe(0);
  expect(outcome(folder)).toEqual(outcome(whole));
});
