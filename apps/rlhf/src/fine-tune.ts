import type { Compile } from "@accord-rl/core";
import { batches } from "@accord-rl/data";
import type { Transformer } from "@accord-rl/language-model";
import { adamW, cosineSchedule, withWarmup } from "@accord-rl/learning";
import type { Run } from "@accord-rl/runs";
import { createSft } from "@accord-rl/sft";
import type { Options } from "./options.ts";
import type { Task } from "./tasks/task.ts";

/** On held-out texts. */
export interface Perplexity {
  readonly before: number;
  readonly after: number;
}

/** Supervised fine-tuning: the model learns to write what the task has: reviews, liked and disliked alike, or answers. */
export const fineTune = (
  run: Run,
  { model, compile }: { model: Transformer; compile: Compile },
  task: Task,
  options: Options,
): Promise<Perplexity> =>
  run.stage("sft", { parts: { model } }, async (stage) => {
    const { sftSteps, sftBatch, sftLearningRate } = options;
    const decay = cosineSchedule({
      from: sftLearningRate,
      to: 0.05 * sftLearningRate,
      steps: Math.max(sftSteps, 1),
    });
    const sft = createSft({
      model,
      compile,
      optimizer: adamW({
        learningRate: withWarmup(decay, Math.max(1, Math.round(sftSteps / 10))),
        beta2: 0.95,
        weightDecay: 0,
        maxGradientNorm: 1,
      }),
      options: { microBatchTokens: 1024 },
    });
    const examples = batches(task.sftExamples, sftBatch, stage.random);
    const perplexity = async (): Promise<number> => (await sft.evaluate(task.sftHeldOut)).perplexity!;
    await stage.loop({
      steps: sftSteps,
      parts: { sft, examples },
      every: Math.max(10, Math.round(sftSteps / 6)),
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
