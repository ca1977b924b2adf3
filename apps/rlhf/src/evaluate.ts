import { mean } from "@accord-rl/evaluation";
import type { Run } from "@accord-rl/runs";
import { type EvaluationParts, type HeldOutSample, heldOutSamples, policyNames } from "./held-out-samples.ts";
import type { SentimentTask } from "./sentiment-task.ts";

/** Prompts that are answered at a time. */
const batchSize = 25;

/** Answers the held-out prompts before and after, and with the best of 4 of before; every answer goes to samples.jsonl. */
export const evaluate = async (
  run: Run,
  parts: EvaluationParts,
  task: SentimentTask,
): Promise<readonly HeldOutSample[]> => {
  await run.stage("evaluation", (stage) =>
    stage.loop({
      steps: Math.ceil(task.heldOutPrompts.length / batchSize),
      every: 1,
      body: async (index, { random }) => {
        const prompts = task.heldOutPrompts.slice(index * batchSize, (index + 1) * batchSize);
        const stats: Record<string, number> = {};
        for (const name of policyNames) {
          const samples = await heldOutSamples(name, parts, {
            prompts,
            random: random.fork("responses"),
            task,
          });
          stage.samples(samples);
          stats[`gold ${name}`] = mean(samples.map(({ gold }) => gold));
        }
        return stats;
      },
    }),
  );
  return (run.samples() as unknown as HeldOutSample[]).filter(({ split }) => split === "heldOut");
};
