import { interpret } from "@accord-rl/core";
import { mean } from "@accord-rl/evaluation";
import type { Run } from "@accord-rl/runs";
import type { Task } from "../tasks/task.ts";
import {
  type Authorship,
  type EvaluationParts,
  type HeldOutSample,
  heldOutSamples,
} from "./held-out-samples.ts";
import { createLogProbScorer } from "./log-prob-scorer.ts";

export const policyNames = ["before", "after", "bestOf4"] as const;
export type PolicyName = (typeof policyNames)[number];

/** Before and after, and the best of 4 of before. */
const all: Readonly<Record<PolicyName, Authorship>> = {
  before: "reference",
  after: "policy",
  bestOf4: { bestOf: 4 },
};

export interface EvaluationSettings {
  /** Who answers, by the name that its samples get. Default: before, after and the best of 4 of before. */
  readonly authors?: Readonly<Record<string, Authorship>>;
  /** Prompts that are answered at a time. */
  readonly batchSize?: number;
}

export const evaluationDefaults = { authors: all, batchSize: 25 } as const satisfies EvaluationSettings;

/** Answers the held-out prompts, by each of the authors; every answer goes to samples.jsonl. */
export const evaluate = async (
  run: Run,
  parts: EvaluationParts,
  task: Task,
  settings: EvaluationSettings = {},
): Promise<readonly HeldOutSample[]> => {
  const { authors, batchSize } = { ...evaluationDefaults, ...settings };
  const { policy, reference, plainReference = reference, compile = interpret } = parts;
  const scoring = { maxNewTokens: task.responseTokens, compile };
  const logProbs = {
    policy: createLogProbScorer(policy, scoring),
    reference: createLogProbScorer(reference, scoring),
    plainReference: createLogProbScorer(plainReference, scoring),
  };
  await run.stage("evaluation", (stage) =>
    stage.loop({
      steps: Math.ceil(task.heldOutPrompts.length / batchSize),
      every: 1,
      body: async (index, { random }) => {
        const prompts = task.heldOutPrompts.slice(index * batchSize, (index + 1) * batchSize);
        const stats: Record<string, number> = {};
        for (const [name, authorship] of Object.entries(authors)) {
          const samples = await heldOutSamples(name, authorship, parts, {
            prompts,
            random: random.fork("responses"),
            task,
            logProbs,
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
