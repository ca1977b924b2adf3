import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTinyWorld, type TinyWorld } from "@accord-rl/testing";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { backend, outcomeOf, runRlhf, type SignalAt } from "./test-app.ts";

/** Ten runs of some seconds each, on a machine that may be busy. */
vi.setConfig({ testTimeout: 300_000, hookTimeout: 120_000 });

const parent = mkdtempSync(join(tmpdir(), "accord-rlhf-resume-"));
afterAll(() => rmSync(parent, { recursive: true, force: true }));

const whole = join(parent, "whole");
let world: TinyWorld;
let flags: readonly string[];
beforeAll(async () => {
  world = createTinyWorld(join(parent, "world"), { backend });
  flags = ["--config", world.config];
  expect(await runRlhf([...flags, "--out", whole])).toMatchObject({ code: 0, errors: "" });
});

const row = (stage: string, step: number) => `{"stage":"${stage}","step":${step},`;
const loopSaved = (folder: string, stage: string) => {
  const path = join(folder, "checkpoints", stage, "1-loop/manifest.json");
  if (!existsSync(path)) return undefined;
  return (JSON.parse(readFileSync(path, "utf8")) as { json: { step: number } }).json.step;
};

/** Each is later than the checkpoint that is gone back to, and earlier than the next. */
const kills = [
  { stage: "sft", saved: 10, at: { text: row("sft", 17) } },
  { stage: "rewardModel", saved: 5, at: { text: row("rewardModel", 8) } },
  { stage: "ppo", saved: 4, at: { text: row("ppo", 5) } },
  { stage: "evaluation", saved: 1, at: { text: '"policy":"after"', time: 2 } },
] as const;

test("killed in the middle of every stage and resumed, a run ends as an undisturbed one, bit for bit", async () => {
  const folder = join(parent, "killed");
  let resume: string[] = [];
  for (const { stage, saved, at } of kills) {
    const signalAt: SignalAt = { signal: "SIGKILL", ...at };
    const killed = await runRlhf([...flags, "--out", folder, ...resume], { signalAt });
    expect(killed, `killed in ${stage}`).toMatchObject({ code: null, signal: "SIGKILL", errors: "" });
    expect(loopSaved(folder, stage), `last saved step of ${stage}`).toBe(saved);
    resume = ["--resume"];
  }
  // Options come from the folder.
  const finished = await runRlhf(["--resume", "--out", folder]);
  expect(finished).toMatchObject({ code: 0, errors: "" });
  expect(finished.output).toContain("going on in");
  expect(outcomeOf(folder)).toEqual(outcomeOf(whole));
});

test("killed before anything was saved, a run begins again", async () => {
  const folder = join(parent, "killed early");
  const signalAt: SignalAt = { signal: "SIGKILL", text: row("sft", 3) };
  expect((await runRlhf([...flags, "--out", folder], { signalAt })).signal).toBe("SIGKILL");
  expect(loopSaved(folder, "sft")).toBeUndefined();
  expect(await runRlhf(["--resume", "--out", folder])).toMatchObject({ code: 0 });
  expect(outcomeOf(folder)).toEqual(outcomeOf(whole));
});

test("Ctrl-C saves, says how to go on, and exits with 130", async () => {
  const folder = join(parent, "interrupted");
  const signalAt: SignalAt = { signal: "SIGINT", text: row("ppo", 3) };
  const interrupted = await runRlhf([...flags, "--out", folder], { signalAt });
  expect(interrupted).toMatchObject({ code: 130, signal: null });
  // The signal is seen when the step ends in which it arrived, or the next.
  const saved = loopSaved(folder, "ppo")!;
  expect([3, 4]).toContain(saved);
  expect(interrupted.errors).toBe(
    `interrupted in stage ppo, saved at step ${saved}\nTo go on: npm run rlhf -- --resume --out ${folder}\n`,
  );
  expect(interrupted.output).toContain("finishing the current step, then saving");
  expect(await runRlhf(["--resume", "--out", folder])).toMatchObject({ code: 0, errors: "" });
  expect(outcomeOf(folder)).toEqual(outcomeOf(whole));
});

test("a finished run that is resumed stays as it is", async () => {
  const before = outcomeOf(whole);
  expect(await runRlhf(["--resume", "--out", whole])).toMatchObject({ code: 0, errors: "" });
  expect(outcomeOf(whole)).toEqual(before);
});

test("a run's own config.yaml makes the same run again", async () => {
  const folder = join(parent, "again");
  const again = await runRlhf(["--config", join(whole, "config.yaml"), "--out", folder]);
  expect(again).toMatchObject({ code: 0, errors: "" });
  expect(outcomeOf(folder)).toEqual(outcomeOf(whole));
  expect(readFileSync(join(folder, "config.yaml"), "utf8")).toContain("sftSteps: 24");
});
