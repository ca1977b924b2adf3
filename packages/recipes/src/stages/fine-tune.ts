import { type Compile, interpret } from "@accord-rl/core";
import { batches } from "@accord-rl/data";
import type { Transformer } from "@accord-rl/language-model";
import { adamW, cosineSchedule, withWarmup } from "@accord-rl/learning";
import type { Run } from "@accord-rl/runs";
import { createSft } from "@accord-rl/sft";
import type { Task } from "../tasks/task.ts";

export interface FineTuneSettings {
  /** Optimizer steps. */
  readonly steps?: number;
  /** Texts per step. */
  readonly batchSize?: number;
  /** α at its highest: it warms up over a tenth of the steps, and falls to a twentieth. */
  readonly learningRate?: number;
}

export const fineTuneDefaults = {
  steps: 200,
  batchSize: 16,
  learningRate: 3e-4,
} as const satisfies FineTuneSettings;

/** On held-out texts. */
export interface Perplexity {
  readonly before: number;
  readonly after: number;
}

/** Supervised fine-tuning: the model learns to write what the task has: reviews, liked and disliked alike, or answers. */
export const fineTune = (
  run: Run,
  { model, compile = interpret }: { readonly model: Transformer; readonly compile?: Compile },
  task: Pick<Task, "sftExamples" | "sftHeldOut">,
  settings: FineTuneSettings = {},
): Promise<Perplexity> =>
  run.stage("sft", { parts: { model } }, async (stage) => {
    const { steps, batchSize, learningRate } = { ...fineTuneDefaults, ...settings };
    const decay = cosineSchedule({ from: learningRate, to: 0.05 * learningRate, steps: Math.max(steps, 1) });
    const sft = createSft({
      model,
      compile,
      optimizer: adamW({
        learningRate: withWarmup(decay, Math.max(1, Math.round(steps / 10))),
        beta2: 0.95,
        weightDecay: 0,
        maxGradientNorm: 1,
      }),
      options: { microBatchTokens: 1024 },
    });
    const examples = batches(task.sftExamples, batchSize, stage.random);
    const perplexity = async (): Promise<number> => (await sft.evaluate(task.sftHeldOut)).perplexity!;
    await stage.loop({
      steps,
      parts: { sft, examples },
      every: Math.max(10, Math.round(steps / 6)),
      show: ["perplexity"],
      body: async (index) => {
        const before = index === 0 ? { pretrainedPerplexity: await perplexity() } : {};
        return { ...(await sft.update(examples.next())), ...before };
      },
    });
    const after = await perplexity();
    sft.dispose();
    return { before: run.metrics("sft")[0]?.metrics.pretrainedPerplexity ?? after, after };
  });
