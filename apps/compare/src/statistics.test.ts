import { createRandom } from "@accord-rl/core";
import { describe, expect, test } from "vitest";
import type { RunResult } from "./job.ts";
import { gainInterval, improvementInterval, interquartileMeanInterval } from "./statistics.ts";
import { byAlgorithm, type FinishedRun, summarize } from "./summary.ts";

const run = (algorithm: string, seed: number, result: Partial<RunResult>): FinishedRun => ({
  job: {
    algorithm,
    seed,
    folder: "",
    options: {
      task: "exact",
      steps: 1,
      evaluationEpisodes: 1,
      sentiment: undefined,
      backend: "wasm",
      preset: "tiny",
    },
  },
  result: { backend: "wasm", finalReturn: 0, steps: 100, seconds: 4, ...result },
});
const runs = (algorithm: string, returns: readonly number[]) =>
  returns.map((finalReturn, seed) => run(algorithm, seed, { finalReturn }));
const random = () => createRandom(1);

test("the summary has the fields that it promises, for the runs that ended", () => {
  const finished = [...runs("ppo", [10, 20]), run("a2c", 1, { finalReturn: 5, distanceToOptimum: 0.1 })];
  const groups = byAlgorithm(["ppo", "a2c", "failed"], finished);
  expect(summarize("exact", groups, random())).toEqual({
    task: "exact",
    backend: "wasm",
    algorithms: {
      ppo: {
        seeds: [
          { seed: 0, finalReturn: 10, steps: 100, seconds: 4 },
          { seed: 1, finalReturn: 20, steps: 100, seconds: 4 },
        ],
        ...{ mean: 15, low95: 10, high95: 20, stepsPerSecond: 25 },
      },
      a2c: {
        seeds: [{ seed: 1, finalReturn: 5, steps: 100, seconds: 4, distanceToOptimum: 0.1 }],
        ...{ mean: 5, low95: 5, high95: 5, stepsPerSecond: 25 },
      },
    },
  });
});

describe("as rliable has it", () => {
  test("the interquartile mean of 1, 2, 3, 100 is that of 2 and 3", () => {
    expect(interquartileMeanInterval(runs("ppo", [1, 2, 3, 100]), random()).estimate).toBe(2.5);
  });

  test("the probability of improvement counts pairs of runs, ties half", () => {
    // 1 beats 0 and ties with 1; 3 beats both: 3.5 of 4.
    const { estimate, low, high } = improvementInterval(runs("a", [1, 3]), runs("b", [0, 1]), random());
    expect(estimate).toBe(0.875);
    // Resamples of (1, 1) against (1, 1) give ½, of (3, 3) against anything 1.
    expect([low, high]).toEqual([0.5, 1]);
  });
});

test("the gain is that of all prompts of all seeds, and missing where one has none", () => {
  const gained = [run("a", 1, { gains: [0.5, 0.25] }), run("a", 2, { gains: [0.75, 0.5] })];
  expect(gainInterval(gained, random())!.estimate).toBe(0.5);
  expect(gainInterval([...gained, run("a", 3, {})], random())).toBeUndefined();
});
