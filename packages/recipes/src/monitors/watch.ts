import type { Json, Random, Stateful, Stats, TextSample } from "@accord-rl/core";
import { disposeRollout, joinStates, splitState } from "@accord-rl/core";
import { collectText } from "@accord-rl/environments";
import {
  type Alarm,
  calibrateMonitors,
  createMonitors,
  fitWordWeights,
  mean,
  resampleRuns,
  runsNeeded,
  standardDeviation,
  standardSignals,
  type Thresholds,
} from "@accord-rl/evaluation";
import type { Actors } from "../stages/actors.ts";
import type { FullImproveSettings } from "../stages/improve-settings.ts";
import type { Task } from "../tasks/task.ts";

/** What is watched: a run of so many iterations. */
export type WatchSettings = Pick<FullImproveSettings, "iterations" | "prompts" | "targetKl">;

/** What is asked, and how good answers are. */
type WatchedTask = Pick<Task, "prompts" | "promptTokens" | "responseTokens" | "gold">;

/** Watches the improvement, and keeps its alarms over a resume. */
export interface Watch extends Stateful {
  /** @returns what was measured, to be logged. */
  observe(
    iteration: number,
    given: { samples: readonly TextSample[]; scores: readonly number[]; gold: readonly number[] },
    stats: Stats,
  ): Stats;
  alarms(): readonly Alarm[];
}

/** Batches of the reference that say what is usual. */
const poolBatches = 4;
const falseAlarmRate = 0.05;

/** What may change while the model gets better at what is asked for: in each signal's own unit, from its usual value. */
const tolerances: Readonly<Record<string, (usual: number) => number>> = {
  goldGap: () => 1.25,
  length: (usual) => 0.35 * usual,
  repetition: (usual) => Math.max(0.1, usual),
  distinct2: (usual) => 0.35 * usual,
  stockPhrases: () => 0.05,
  promptSimilarity: (usual) => Math.max(0.05, 0.5 * usual),
};

/** Limits of what is one number per iteration. Twice the target KL is allowed; so is a gold that no longer rises. */
const fixedThresholds = (
  { targetKl, prompts }: WatchSettings,
  { entropies }: { readonly entropies: readonly number[] },
): Thresholds => {
  const entropy = mean(entropies);
  return {
    klNats: { center: targetKl, deviation: targetKl / 4, tolerance: targetKl, limit: 2 },
    pastPeak: { center: 0, deviation: 1, tolerance: 2, limit: 4 },
    entropy: {
      center: entropy,
      deviation: Math.max(0.01, standardDeviation(entropies) / Math.sqrt(prompts)),
      tolerance: 0.35 * entropy,
      limit: 2,
    },
  };
};

/** What the reference writes, scored: as many responses as a few iterations have. */
const collectPool = async (
  { reference, reward, tokenizer }: Pick<Actors, "reference" | "reward" | "tokenizer">,
  task: WatchedTask,
  { prompts }: WatchSettings,
  random: Random,
) => {
  const all = [];
  for (let batch = 0; batch < poolBatches; batch++) {
    const { rollout, samples, scores } = await collectText({
      actor: reference,
      prompts: Array.from(
        { length: prompts },
        (_, i) => task.prompts[(batch * prompts + i) % task.prompts.length]!,
      ),
      tokenizer,
      reward,
      random,
      maxNewTokens: task.responseTokens,
      promptLength: task.promptTokens,
    });
    const [logProbs, valid] = await Promise.all([rollout.behaviourLogProbs!.array(), rollout.mask.array()]);
    disposeRollout(rollout);
    const entropies = logProbs.map((row, i) => -mean(row.filter((_, t) => valid[i]![t] === 1)));
    all.push({ samples, scores: scores as number[], entropies });
  }
  const samples = all.flatMap((batch) => batch.samples);
  return {
    samples,
    scores: all.flatMap((batch) => batch.scores),
    gold: samples.map(task.gold),
    entropies: all.flatMap((batch) => batch.entropies),
  };
};

/** Monitors whose limits come from what the reference writes: drawn again and again, it is a run in which nothing changes. */
export const createWatch = async (
  actors: Pick<Actors, "reference" | "reward" | "tokenizer">,
  task: WatchedTask,
  settings: WatchSettings,
  random: Random,
): Promise<Watch> => {
  const { entropies, ...pool } = await collectPool(actors, task, settings, random.fork("pool"));
  const weights = fitWordWeights(pool.samples.flatMap(({ prompt, response }) => [prompt, response]));
  const signals = standardSignals({ weights });
  const runs = resampleRuns(pool, {
    runs: runsNeeded(falseAlarmRate),
    iterations: Math.max(1, settings.iterations),
    size: settings.prompts,
    random: random.fork("runs"),
  });
  const { thresholds } = calibrateMonitors(runs, { signals, falseAlarmRate, tolerances });
  const monitors = createMonitors({
    signals,
    thresholds: { ...thresholds, ...fixedThresholds(settings, { entropies }) },
  });
  let alarms: readonly Alarm[] = [];
  const { restore } = monitors;
  return {
    observe: (iteration, given, { klNats, entropy }) => {
      const raised = monitors.observe({
        iteration,
        ...given,
        ...(klNats !== undefined && { klNats }),
        ...(entropy !== undefined && { entropy }),
      });
      alarms = [...alarms, ...raised];
      return monitors.values();
    },
    alarms: () => alarms,
    state: async () =>
      joinStates({
        monitors: await monitors.state(),
        alarms: { tensors: {}, json: alarms as unknown as Json },
      }),
    restore: (state) => {
      const parts = splitState(state, ["monitors", "alarms"], "Watch.restore");
      restore(parts.monitors);
      alarms = parts.alarms.json as unknown as readonly Alarm[];
    },
  };
};
