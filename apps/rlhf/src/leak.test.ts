import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createCompile } from "@accord-rl/backend";
import { type Compile, interpret } from "@accord-rl/core";
import { createTextPolicy, createTextValueFunction } from "@accord-rl/language-model";
import { asRewardSource, createRewardModel, meanPool } from "@accord-rl/reward-model";
import { openRun, type Run, type Stage, type StageOptions } from "@accord-rl/runs";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, expect, test } from "vitest";
import { textAlgorithms } from "./algorithms/index.ts";
import { fineTune } from "./fine-tune.ts";
import { improve } from "./improve.ts";
import { loadPolicy } from "./load-policy.ts";
import { type Options, options } from "./options.ts";
import { loadSentimentTask } from "./tasks/sentiment.ts";
import { backend } from "./test-app.ts";
import { createWorld } from "./test-world.ts";
import { trainRewardModel } from "./train-reward-model.ts";

const parent = mkdtempSync(join(tmpdir(), "accord-rlhf-leak-"));
afterAll(() => rmSync(parent, { recursive: true, force: true }));

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

/** The stages as main.ts runs them, in this process. */
const train = async (run: Run, values: Options, compile: Compile): Promise<void> => {
  const log = () => {};
  const { model, tokenizer } = await loadPolicy(values, log);
  const { temperature } = values;
  const reference = createTextPolicy(model, { temperature, compile });
  const random = run.random.fork("task");
  const loaded = await loadSentimentTask(values, { model, tokenizer, random, log, compile });
  // A graph is kept for each shape, with its constants: only prompts of one length show what a step leaves behind.
  const prompts = loaded.prompts.filter(({ length }) => length === values.promptTokens);
  expect(prompts.length).toBeGreaterThanOrEqual(values.prompts);
  const task = { ...loaded, prompts };
  await fineTune(run, { model, compile }, task, values);
  const backbone = model.clone();
  const rewardModel = createRewardModel({ backbone, pooling: meanPool, random: run.random.fork("head") });
  await trainRewardModel(run, { rewardModel, reference, compile }, task, values);
  const policy = createTextPolicy(model.clone(), { temperature, compile });
  const parts = { policy, reference, reward: asRewardSource(rewardModel), tokenizer, compile };
  const algorithm = { name: values.algorithm, create: textAlgorithms[values.algorithm] };
  await improve(
    run,
    algorithm,
    { ...parts, values: () => createTextValueFunction(backbone.clone()) },
    task,
    values,
  );
};

const cases: [name: string, createCompiler: () => Compile, reward: string, kl: string, algorithm: string][] =
  [
    ["as it is", () => interpret, "pairwise", "k1", "ppo"],
    ["compiled", createCompile, "pairwise", "k1", "ppo"],
    ["compiled, with the other reward and the other KL", createCompile, "regression", "exact", "ppo"],
  ];
for (const algorithm of ["a2c", "reinforce", "rloo", "grpo", "q-learning", "dpo"])
  cases.push([`with ${algorithm}`, () => interpret, "pairwise", "k1", algorithm]);

test.each(cases)(
  "no step leaves a tensor behind, %s",
  async (name, createCompiler, reward, kl, algorithm) => {
    const world = await createWorld(join(parent, name, "world"), backend);
    const out = join(parent, name, "run");
    const values = (await options.parse([
      ...world.flags,
      "--out",
      out,
      "--reward",
      reward,
      "--kl",
      kl,
      "--algorithm",
      algorithm,
    ]))!;
    const { out: folder, resume, ...asked } = values;
    const opened = await openRun({ folder, options: asked, app: "rlhf", output: { write: () => true } });
    try {
      const { run, counts } = countTensors(opened);
      await train(run, values, createCompiler());
      expect(Object.keys(counts)).toEqual(["sft", "rewardModel", algorithm]);
      for (const [stage, numbers] of Object.entries(counts)) {
        expect(numbers.length).toBeGreaterThanOrEqual(8);
        // The first two steps make the optimizer's moments and what is compiled.
        expect(new Set(numbers.slice(2)).size, `tensors after each step of ${stage}: ${numbers}`).toBe(1);
      }
    } finally {
      opened.close();
    }
  },
);
