import { startBackend } from "@accord-rl/backend";
import { taskLengths } from "@accord-rl/recipes";
import { computeOptionNames, defineOptions } from "@accord-rl/runs";
import { rlhfSchema } from "./rlhf-schema.ts";

/** The options of `npm run rlhf`; `--help` prints them. */
export const rlhfOptions = defineOptions({
  name: "rlhf",
  description:
    "Sentiment control from human-rated reviews (or another --task): fine-tunes a language model, trains a reward model " +
    "on what people liked, improves the language model by PPO (or another --algorithm) under a KL penalty, and shows " +
    "what changed.",
  command: "npm run rlhf --",
  schema: rlhfSchema,
  presets: {
    tiny: {
      description: "every stage in under a minute, for tests; says nothing about quality",
      values: {
        sftSteps: 2,
        sftLearningRate: 1e-4,
        sftBatch: 4,
        rewardPairs: 16,
        rewardBatch: 8,
        iterations: 2,
        prompts: 4,
        epochs: 1,
        minibatches: 1,
        responseTokens: 8,
        textTokens: 16,
        promptTokens: 6,
        evaluationPrompts: 8,
        heldOutPairs: 16,
      },
    },
    wasm: {
      description: "for the default backend: the whole job in about 10 minutes, for a small gain",
      values: {
        sftSteps: 80,
        sftBatch: 8,
        rewardPairs: 800,
        heldOutPairs: 200,
        iterations: 14,
        prompts: 16,
        minibatches: 1,
        learningRate: 7e-5,
        klCoefficient: 0.5,
        targetKl: 3.5,
        responseTokens: 24,
        textTokens: 48,
      },
    },
    quick: {
      description: "for native TensorFlow: the whole job in 6 to 10 minutes on 2 cores",
      values: {},
    },
    full: {
      description: "a better reward model and a longer run: about an hour on 2 cores",
      values: { sftSteps: 1000, rewardPairs: 10_000, iterations: 60, prompts: 64, targetKl: 6 },
    },
  },
  defaultPreset: async ({ backend = "auto", matmulPrecision }) => {
    const { name } = await startBackend({ backend, tensorflow: { matmulPrecision } });
    return name === "wasm" || name === "cpu" ? "wasm" : "quick";
  },
  derive: ({ task = "sentiment" }) => taskLengths[task],
  inputs: ["policy", "tokenizer", "data"],
  mayDiffer: computeOptionNames,
  mayChange: ["sftLearningRate", "rewardLearningRate", "learningRate"],
});

/** Their values. */
export type RlhfOptions = Awaited<ReturnType<typeof rlhfOptions.complete>>;
