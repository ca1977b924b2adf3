import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Compile, interpret } from "@accord-rl/core";
import { exact, type KlEstimator, k1 } from "@accord-rl/kl-regularizers";
import { createTextPolicy, createTextValueFunction } from "@accord-rl/language-model";
import { asRewardSource, createRewardModel, meanPool } from "@accord-rl/reward-model";
import { createMemoryRun, type Run, type Stage, type StageOptions } from "@accord-rl/runs";
import { createCompile, createTinyWorld, testBackend } from "@accord-rl/testing";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, expect, test } from "vitest";
import { type TextAlgorithmName, textAlgorithms } from "../algorithms/index.ts";
import { loadPolicy } from "../models/load-policy.ts";
import { loadSentimentTask } from "../tasks/sentiment.ts";
import { fineTune } from "./fine-tune.ts";
import { improve } from "./improve.ts";
import { trainRewardModel } from "./train-reward-model.ts";

const parent = mkdtempSync(join(tmpdir(), "accord-recipes-leak-"));
afterAll(() => rmSync(parent, { recursive: true, force: true }));
const world = createTinyWorld(join(parent, "world"), { backend: testBackend });
const promptTokens = 12;
const prompts = 8;

/** A run that counts the tensors after every step of every stage. */
const countTensors = (run: Run): { run: Run; counts: Record<string, number[]> } => {
  const counts: Record<string, number[]> = {};
  const watch = (stage: Stage): Stage => ({
    ...stage,
    loop: (loop) =>
      stage.loop({
        ...loop,
        body: async (index, step) => {
          const stats = await loop.body(index, step);
          counts[stage.name] ??= [];
          counts[stage.name]!.push(tf.memory().numTensors);
          return stats;
        },
      }),
  });
  const stage = <Result>(name: string, settings: StageOptions, body: (stage: Stage) => Promise<Result>) =>
    run.stage(name, settings, (inner) => body(watch(inner)));
  return { run: { ...run, stage: stage as Run["stage"] }, counts };
};

interface Case {
  readonly name: string;
  readonly compile?: () => Compile;
  readonly feedback?: "pairs" | "ratings";
  readonly estimator?: KlEstimator;
  readonly algorithm?: TextAlgorithmName;
}

/** The stages in their order, in this process. */
const train = async (
  run: Run,
  { compile: create = () => interpret, feedback = "pairs", estimator = k1, algorithm = "ppo" }: Case,
): Promise<void> => {
  const compile = create();
  const { model, tokenizer } = await loadPolicy(world);
  const reference = createTextPolicy(model, { temperature: 0.7, compile });
  const loaded = await loadSentimentTask(
    {
      ...{ data: world.data, promptTokens, responseTokens: 10, textTokens: 24 },
      ...{ sftExamples: 96, pairs: 64, ratings: 128, heldOutPairs: 20, prompts: 64, heldOutPrompts: 60 },
    },
    { model, tokenizer, random: run.random.fork("task"), compile },
  );
  // A graph is kept for each shape, with its constants: only prompts of one length show what a step leaves behind.
  const task = { ...loaded, prompts: loaded.prompts.filter(({ length }) => length === promptTokens) };
  expect(task.prompts.length).toBeGreaterThanOrEqual(prompts);
  await fineTune(run, { model, compile }, task, { steps: 24, batchSize: 4, learningRate: 0.01 });
  const backbone = model.clone();
  const rewardModel = createRewardModel({ backbone, pooling: meanPool, random: run.random.fork("head") });
  const settings = { feedback, examples: 64, batchSize: 4 };
  await trainRewardModel(run, { rewardModel, reference, compile }, task, settings);
  const policy = createTextPolicy(model.clone(), { temperature: 0.7, compile });
  const parts = { policy, reference, reward: asRewardSource(rewardModel), tokenizer, compile };
  await improve(
    run,
    { name: algorithm, create: textAlgorithms[algorithm] },
    { ...parts, values: () => createTextValueFunction(backbone.clone()) },
    task,
    { iterations: 8, prompts, estimator },
  );
};

const others = ["a2c", "reinforce", "rloo", "grpo", "q-learning", "dpo"] as const;
const cases: readonly Case[] = [
  { name: "as it is" },
  { name: "compiled", compile: createCompile },
  {
    name: "compiled, with the other reward and the other KL",
    ...{ compile: createCompile, feedback: "ratings", estimator: exact },
  },
  ...others.map((algorithm) => ({ name: `with ${algorithm}`, algorithm })),
];

test.each(cases)("no step leaves a tensor behind, $name", async (given) => {
  const { run, counts } = countTensors(createMemoryRun());
  await train(run, given);
  expect(Object.keys(counts)).toEqual(["sft", "rewardModel", given.algorithm ?? "ppo"]);
  for (const [stage, numbers] of Object.entries(counts)) {
    expect(numbers.length).toBeGreaterThanOrEqual(8);
    // The first two steps make the optimizer's moments and what is compiled.
    expect(new Set(numbers.slice(2)).size, `tensors after each step of ${stage}: ${numbers}`).toBe(1);
  }
});
