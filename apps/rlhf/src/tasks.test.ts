import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TaskName, taskLengths, tasks } from "@accord-rl/recipes";
import { createTinyWorld } from "@accord-rl/testing";
import { afterAll, expect, test, vi } from "vitest";
import { stringify } from "yaml";
import { options } from "./options.ts";
import { backend, readSamples, readSummary, runRlhf } from "./test-app.ts";

/** Whole runs of some seconds each, on a machine that may be busy; the first ever also fetch the data. */
vi.setConfig({ testTimeout: 300_000 });

const parent = mkdtempSync(join(tmpdir(), "accord-rlhf-tasks-"));
afterAll(() => rmSync(parent, { recursive: true, force: true }));

const names = (Object.keys(tasks) as TaskName[]).filter((name) => name !== "sentiment");
const world = createTinyWorld(join(parent, "world"), { backend, contextLength: 200 });
const { data, ...small } = {
  ...world.options,
  // Letters are tokens here: prompts have many.
  ...{ preset: "tiny", backend, promptTokens: 180, responseTokens: 10 },
  ...{ sftSteps: 4, rewardPairs: 16, heldOutPairs: 8, iterations: 2, prompts: 4, evaluationPrompts: 6 },
};
const config = join(parent, "small.yaml");
writeFileSync(config, stringify(small));

test.each(names)("%s runs from end to end, and reports its metric before and after", async (name) => {
  const folder = join(parent, name);
  const finished = await runRlhf(["--config", config, "--task", name, "--out", folder]);
  expect(finished).toMatchObject({ code: 0, errors: "" });
  const { task, metric, heldOut } = readSummary(folder);
  expect(task).toBe(name);
  expect(finished.output).toContain(`gold (${metric}), after − before:`);
  expect(heldOut.prompts).toBe(6);
  const samples = readSamples(folder);
  expect(samples).toHaveLength(18);
  for (const { gold, secondJudge, prompt } of samples) {
    for (const score of [gold, secondJudge]) expect(score).toBeGreaterThanOrEqual(0);
    expect(gold).toBeLessThanOrEqual(metric === "chrF" ? 100 : 1);
    expect(prompt).toContain("User: ");
  }
  const { mean, low95, high95 } = heldOut.goldDifference;
  expect(mean).toBeCloseTo(heldOut.after.gold - heldOut.before.gold, 9);
  expect(low95).toBeLessThanOrEqual(mean);
  expect(high95).toBeGreaterThanOrEqual(mean);
});

test("lengths come with the task, and what is given overrides them", async () => {
  const of = (given: object = {}) =>
    options.complete({ preset: "tiny", out: join(parent, "none"), ...given });
  expect(await of()).toMatchObject({ task: "sentiment", promptTokens: 6, responseTokens: 8 });
  expect(await of({ task: "summarization" })).toMatchObject(taskLengths.summarization);
  const dialogue = await of({ task: "dialogue", promptTokens: 50 });
  expect(dialogue).toMatchObject({ promptTokens: 50, responseTokens: 32 });
});
