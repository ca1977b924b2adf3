import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRandom } from "@accord-rl/core";
import { afterAll, beforeAll, expect, test } from "vitest";

/** Runs that are killed four times each; more by ACCORD_KILLED_RUNS=50. */
const killedRuns = Number(process.env.ACCORD_KILLED_RUNS ?? 1);
const killsOfRun = 4;
const fixtures = join(import.meta.dirname, "__fixtures__");
const parent = mkdtempSync(join(tmpdir(), "accord-kills-"));
afterAll(() => rmSync(parent, { recursive: true, force: true }));

const runCounter = (
  folder: string,
  flags: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<{ code: number | null; signal: string | null; errors: string }> =>
  new Promise((resolve, reject) => {
    const imports = ["--import", "tsx", "--import", join(fixtures, "kill-at.mjs")];
    const args = [...imports, "--conditions=@accord-rl/source", join(fixtures, "counter-app.ts")];
    const child = spawn(process.execPath, [...args, "--out", folder, ...flags], {
      env: { ...process.env, ACCORD_KILL_BELOW: folder, ...env },
      stdio: ["ignore", "ignore", "pipe"],
    });
    let errors = "";
    child.stderr.on("data", (text) => {
      errors += text;
    });
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ code, signal, errors }));
  });

const lines = (path: string) =>
  readFileSync(path, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as { machine?: unknown });

/** What must not depend on where a run was broken off. */
const outcome = (folder: string) => ({
  metrics: lines(join(folder, "metrics.jsonl")).map(({ machine, ...rest }) => rest),
  samples: readFileSync(join(folder, "samples.jsonl"), "utf8"),
  summary: readFileSync(join(folder, "summary.json"), "utf8"),
  weights: readFileSync(join(folder, "checkpoints/main/final/tensors.safetensors")),
  files: readdirSync(folder, { recursive: true, encoding: "utf8" }).sort(),
});

const whole = join(parent, "whole");
let operations = 0;
beforeAll(async () => {
  const countFile = join(parent, "count");
  const finished = await runCounter(whole, [], { ACCORD_KILL_COUNT: countFile });
  expect(finished).toEqual({ code: 0, signal: null, errors: "" });
  operations = Number(readFileSync(countFile, "utf8"));
  expect(operations).toBeGreaterThan(300);
}, 60_000);

/** Kills a run again and again, also while it resumes. @returns how often it was killed before it was done. */
const killAgainAndAgain = async (number: number): Promise<number> => {
  const random = createRandom(11).fork(String(number));
  const folder = join(parent, `run-${number}`);
  // A process that was killed before config.yaml was written has begun no run.
  const flags = () => (existsSync(join(folder, "config.yaml")) ? ["--resume"] : []);
  const at: number[] = [];
  let kills = 0;
  for (let kill = 0; kill < killsOfRun; kill++) {
    at.push(random.integer(operations));
    const killed = await runCounter(folder, flags(), { ACCORD_KILL_AT: String(at.at(-1)) });
    expect(killed.errors, `operations ${at}`).toBe("");
    if (killed.signal === null) break; // a resumed run has fewer operations
    kills++;
  }
  const resumed = await runCounter(folder, flags(), {});
  expect(resumed, `operations ${at}`).toEqual({ code: 0, signal: null, errors: "" });
  expect(outcome(folder), `operations ${at}`).toEqual(outcome(whole));
  rmSync(folder, { recursive: true });
  return kills;
};

test(
  "killed at any file operation and resumed, a run ends as an undisturbed one, and leaves nothing else",
  async () => {
    let next = 0;
    let kills = 0;
    const work = async () => {
      while (next < killedRuns) {
        const killed = await killAgainAndAgain(next++);
        kills += killed;
      }
    };
    await Promise.all([work(), work(), work()]);
    expect(kills).toBeGreaterThanOrEqual(killedRuns);
  },
  60_000 * (killedRuns + 1),
);
