import {
  type Disposable,
  disposeRollout,
  interpret,
  type KlRegularizer,
  type TextObservations,
} from "@accord-rl/core";
import { batches } from "@accord-rl/data";
import { collectText } from "@accord-rl/environments";
import { type Alarm, mean } from "@accord-rl/evaluation";
import { adaptive, createKlRegularizer } from "@accord-rl/kl-regularizers";
import type { TextPolicy } from "@accord-rl/language-model";
import { adamW, linearSchedule, type OptimizerFactory, withWarmup } from "@accord-rl/learning";
import type { Run } from "@accord-rl/runs";
import type { Author, TextAlgorithm, TextLearner } from "../algorithms/text-algorithm.ts";
import { createWatch } from "../monitors/watch.ts";
import type { Task } from "../tasks/task.ts";
import type { Actors } from "./actors.ts";
import { type FullImproveSettings, type ImproveSettings, improveDefaults } from "./improve-settings.ts";

/** An algorithm with the name of its stage. */
export interface NamedAlgorithm {
  readonly name: string;
  readonly create: TextAlgorithm;
}

/** The penalty λ·KL(policy ‖ SFT policy), its coefficient steered to a target. */
const regularize = (
  reference: TextPolicy,
  { estimator, klCoefficient, targetKl, klHorizon }: FullImproveSettings,
): KlRegularizer<TextObservations> => {
  const coefficient = adaptive({
    initial: klCoefficient,
    target: targetKl,
    horizon: klHorizon,
  });
  return createKlRegularizer({ reference, estimator, coefficient });
};

const optimizerFor = (
  { learningRate }: FullImproveSettings,
  { updates }: { readonly updates: number },
): OptimizerFactory =>
  adamW({
    // The first steps of Adam are the longest: without warm-up the KL would jump before its coefficient can follow.
    learningRate: withWarmup(
      linearSchedule({ from: learningRate, to: 0.1 * learningRate, steps: updates }),
      Math.ceil(updates / 8),
    ),
    weightDecay: 0,
    beta2: 0.95,
    maxGradientNorm: 1,
  });

/** What came of it; the caller frees it. */
export interface Improved extends Disposable {
  /** Who answers now. */
  readonly author: Author;
  /** Responses that were learned from. */
  readonly samples: number;
  /** What the monitors of reward hacking found. */
  readonly alarms: readonly Alarm[];
}

/** Learns against the reward model, near the SFT policy. */
export const improve = async (
  run: Run,
  { name, create }: NamedAlgorithm,
  { policy, reference, values, reward, tokenizer, compile = interpret }: Actors,
  task: Task,
  given: ImproveSettings = {},
): Promise<Improved> => {
  const settings = { ...improveDefaults, ...given };
  const { iterations, epochs, minibatches, microBatchSize, behaviourMismatch } = settings;
  const random = run.random.fork(name);
  const { algorithm, samplesPerPrompt = 1 }: TextLearner = create({
    policy,
    reference,
    values,
    regularizer: () => regularize(reference, settings),
    beta: settings.klCoefficient,
    optimizer: (stepsPerIteration) =>
      optimizerFor(settings, { updates: Math.max(1, iterations * stepsPerIteration) }),
    epochs,
    minibatches,
    microBatchSize,
    behaviourMismatch,
    isExact: false,
    random,
    compile,
  });
  const promptsAtOnce = Math.max(1, Math.floor(settings.prompts / samplesPerPrompt));
  const alarms = await run.stage(name, { parts: { algorithm } }, async (stage) => {
    const watch = await createWatch({ reference, reward, tokenizer }, task, settings, random.fork("watch"));
    const prompts = batches(task.prompts, promptsAtOnce, random.fork("prompts"));
    const showEvery = Math.max(1, Math.round(iterations / 5));
    await stage.loop({
      steps: iterations,
      parts: { prompts, watch },
      every: Math.max(2, Math.round(iterations / 8)),
      show: ["score", "klNats", "gold"],
      body: async (index, { random }) => {
        const { rollout, samples, scores } = await collectText({
          actor: algorithm.actor,
          prompts: prompts.next(),
          samplesPerPrompt,
          tokenizer,
          reward,
          random,
          maxNewTokens: task.responseTokens,
          promptLength: task.promptTokens,
        });
        const stats = await algorithm.update(rollout);
        disposeRollout(rollout);
        if (index % showEvery === 0) run.note(`  ${samples[0]!.prompt.trim()} ▸${samples[0]!.response}`);
        const gold = samples.map(task.gold);
        const known = watch.alarms().length;
        const measured = watch.observe(index + 1, { samples, scores: scores as number[], gold }, stats);
        for (const { monitor, reason } of watch.alarms().slice(known))
          run.note(`  alarm at iteration ${index + 1}, ${monitor}: ${reason}`);
        return { score: mean(scores as number[]), gold: mean(gold), ...measured, ...stats };
      },
    });
    return watch.alarms();
  });
  const { actor: author, dispose } = algorithm;
  return { author, dispose, samples: iterations * promptsAtOnce * samplesPerPrompt, alarms };
};
