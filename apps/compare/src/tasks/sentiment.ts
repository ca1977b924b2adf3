import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  fineTuneSettings,
  improveSettings,
  loggedSettings,
  policySettings,
  type RlhfOptions,
  rewardModelSettings,
  rlhfOptions,
  taskSettings,
} from "@accord-rl/app-options";
import { loadCheckpoint, restoreParts } from "@accord-rl/checkpoint";
import type { Stateful } from "@accord-rl/core";
import { mean } from "@accord-rl/evaluation";
import { createTextPolicy, createTextValueFunction } from "@accord-rl/language-model";
import {
  type Authorship,
  evaluate,
  fineTune,
  type HeldOutSample,
  improve,
  learnFromLogged,
  loadPolicy,
  loadSentimentTask,
  loggedAlgorithms,
  textAlgorithms,
  trainRewardModel,
} from "@accord-rl/recipes";
import { asRewardSource, createRewardModel, meanPool } from "@accord-rl/reward-model";
import type { Job, RunResult } from "../job.ts";
import { loadTextAlgorithm } from "../load-algorithm.ts";
import type { Task, TaskContext } from "./task.ts";

/** Draws n responses of the fine-tuned model and keeps the one that the reward model likes best. Nothing is trained. */
const baselines = [2, 4, 8, 16].map((n) => `best-of-${n}`);
const drawnOf = ({ algorithm }: Pick<Job, "algorithm">): number | undefined =>
  baselines.includes(algorithm) ? Number(algorithm.slice("best-of-".length)) : undefined;

/** The options of `npm run rlhf` that the job stands for. */
const optionsOf = async ({ seed, folder, options }: Job): Promise<RlhfOptions> => {
  const { sentiment, backend, preset, steps } = options;
  const small = preset === "tiny" ? { preset } : {};
  const given = sentiment === undefined ? small : { config: sentiment };
  const values = await rlhfOptions.complete({ ...given, seed, backend, out: folder });
  return steps === undefined ? values : { ...values, iterations: Math.ceil(steps / values.prompts) };
};

/** Model, task and reward model, as `npm run rlhf` makes them; the models are not trained yet. */
const load = async ({ job, run, compile }: TaskContext) => {
  const options = await optionsOf(job);
  const log = (line: string) => run.note(line);
  const { model, tokenizer } = await loadPolicy(policySettings(options), log);
  const task = await loadSentimentTask(taskSettings(options), {
    model,
    tokenizer,
    random: run.random.fork("task"),
    log,
    compile,
  });
  const { temperature } = options;
  const reference = createTextPolicy(model, { temperature, compile });
  const plainReference = createTextPolicy(model, { temperature: 1 });
  return { options, model, tokenizer, task, reference, plainReference, compile };
};

type Loaded = Awaited<ReturnType<typeof load>>;

const rewardModelOn = ({ model }: Loaded, { run, compile }: TaskContext) => {
  const backbone = model.clone();
  const random = run.random.fork("reward head");
  return { backbone, rewardModel: createRewardModel({ backbone, pooling: meanPool, random, compile }) };
};

/** Fine-tuning, the reward model, and the answers to the held-out prompts before anything else. */
const prepare = async (context: TaskContext): Promise<void> => {
  const { run, compile } = context;
  const loaded = await load(context);
  const { options, model, task, reference } = loaded;
  await fineTune(run, { model, compile }, task, fineTuneSettings(options));
  const { rewardModel } = rewardModelOn(loaded, context);
  await trainRewardModel(run, { rewardModel, reference, compile }, task, rewardModelSettings(options));
  const parts = { ...loaded, policy: reference, reward: asRewardSource(rewardModel) };
  await evaluate(run, parts, task, { authors: { before: "reference" } });
};

const restoreFrom = async (folder: string, stage: string, parts: Readonly<Record<string, Stateful>>) => {
  const path = join(folder, "checkpoints", stage, "final");
  restoreParts(parts, (await loadCheckpoint(path)).parts, path);
};

const samplesBefore = (folder: string): HeldOutSample[] =>
  readFileSync(join(folder, "samples.jsonl"), "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as HeldOutSample);

const train = async (context: TaskContext): Promise<RunResult> => {
  const { job, run, compile, backend } = context;
  const prepared = job.prepared!;
  const loaded = await load(context);
  const { options, model, tokenizer, task, reference } = loaded;
  await restoreFrom(prepared, "sft", { model });
  const { backbone, rewardModel } = rewardModelOn(loaded, context);
  await restoreFrom(prepared, "rewardModel", { rewardModel });
  const reward = asRewardSource(rewardModel);

  const n = drawnOf(job);
  const authorship: Authorship = n === undefined ? "policy" : { bestOf: n };
  const policy = createTextPolicy(model.clone(), { temperature: options.temperature, compile });
  const values = () => createTextValueFunction(backbone.clone());
  const actors = { policy, reference, values, reward, tokenizer, compile };
  const learn = async () => {
    const { algorithm: name } = job;
    if (name in loggedAlgorithms) {
      const create = loggedAlgorithms[name as keyof typeof loggedAlgorithms];
      return learnFromLogged(run, { name, create }, actors, task, loggedSettings(options));
    }
    return improve(
      run,
      { name, create: await loadTextAlgorithm(job) },
      actors,
      task,
      improveSettings(options),
    );
  };
  const improved = n === undefined ? await learn() : undefined;
  const author = improved?.author ?? reference;

  const samples = await evaluate(run, { ...loaded, policy: author, reward }, task, {
    authors: { after: authorship },
  });
  const before = samplesBefore(prepared);
  const seconds = run.seconds();
  return {
    backend,
    finalReturn: mean(samples.map(({ gold }) => gold)),
    steps: improved?.samples ?? 0,
    seconds: n === undefined ? seconds[job.algorithm]! : seconds.evaluation!,
    klNats: mean(samples.map(({ klNats }) => klNats)),
    gains: samples.map(({ gold }, i) => gold - before[i]!.gold),
  };
};

export const sentiment: Task = {
  title: "Sentiment control from human-rated reviews",
  returnLabel: "gold",
  stepLabel: "responses",
  description:
    "A language model continues openings of film reviews, and is to write what people like: the reward is a model that learned it from rated reviews. Fine-tuning and the reward model are those of `npm run rlhf`, once per seed; all algorithms go out from them and learn from as many responses. The final return is gold, on prompts that nothing was trained on: VADER, a judge by lexicon and rules that no training saw. The gain is after − before, prompt by prompt.",
  algorithms: [...Object.keys(textAlgorithms), ...Object.keys(loggedAlgorithms), ...baselines],
  curve: { stage: ({ algorithm }) => algorithm, metric: "gold" },
  prepare,
  train,
};
