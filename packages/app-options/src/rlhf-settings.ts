import { exact, type KlEstimator, k1, k2 } from "@accord-rl/kl-regularizers";
import type {
  FineTuneSettings,
  ImproveSettings,
  LoggedSettings,
  PolicySettings,
  RewardModelSettings,
  TaskSettings,
} from "@accord-rl/recipes";
import type { z } from "zod";
import type { rlhfSchema } from "./rlhf-schema.ts";

/** Values of the options that settings are made of. */
export type RlhfValues = z.output<typeof rlhfSchema>;

const estimators: Readonly<Record<RlhfValues["kl"], KlEstimator>> = { k1, k2, exact };

/** Of prompts there are at most so many; several passes are made over them where there are many iterations. */
const mostPrompts = 2000;

export const policySettings = ({
  policy,
  tokenizer,
  loraRank,
  gradientCheckpointing,
  seed,
}: RlhfValues): PolicySettings => ({ policy, tokenizer, loraRank, gradientCheckpointing, seed });

export const taskSettings = (values: RlhfValues): TaskSettings => {
  const { data, promptTokens, responseTokens, textTokens, promptSource, heldOutPairs } = values;
  return {
    ...{ data, promptTokens, responseTokens, textTokens, promptSource, heldOutPairs },
    // Each text once, as far as they go.
    sftExamples: Math.max(values.sftSteps, 1) * values.sftBatch,
    pairs: values.rewardPairs,
    ratings: values.reward === "regression" ? 2 * values.rewardPairs : 0,
    prompts: Math.min(values.prompts * Math.max(values.iterations, 4), mostPrompts),
    heldOutPrompts: values.evaluationPrompts,
  };
};

export const fineTuneSettings = ({ sftSteps, sftBatch, sftLearningRate }: RlhfValues): FineTuneSettings => ({
  steps: sftSteps,
  batchSize: sftBatch,
  learningRate: sftLearningRate,
});

export const rewardModelSettings = (values: RlhfValues): RewardModelSettings => ({
  feedback: values.reward === "pairwise" ? "pairs" : "ratings",
  examples: values.rewardPairs,
  batchSize: values.rewardBatch,
  microBatchSize: values.rewardMicroBatch,
  learningRate: values.rewardLearningRate,
});

export const improveSettings = (values: RlhfValues): ImproveSettings => {
  const { iterations, prompts, epochs, minibatches, microBatch, learningRate } = values;
  const { kl, klCoefficient, targetKl, klHorizon, matmulPrecision } = values;
  return {
    ...{ iterations, prompts, epochs, minibatches, microBatchSize: microBatch, learningRate },
    ...{ estimator: estimators[kl], klCoefficient, targetKl, klHorizon },
    behaviourMismatch: matmulPrecision === "bfloat16" ? "warn-and-truncate" : "error",
  };
};

export const loggedSettings = (values: RlhfValues): LoggedSettings => ({
  batchSize: 2 * values.rewardBatch,
  microBatchSize: values.microBatch,
  beta: values.klCoefficient,
  temperature: values.temperature,
});
