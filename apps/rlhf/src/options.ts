import { startBackend } from "@accord-rl/backend";
import { computeOptionNames, computeOptions, defineOptions } from "@accord-rl/runs";
import { z } from "zod";
import { type TextAlgorithmName, textAlgorithms } from "./algorithms/index.ts";
import { type TaskName, taskLengths, tasks } from "./tasks/index.ts";

const count = (minimum = 1) => z.coerce.number().int().min(minimum);
const positive = () => z.coerce.number().positive();
const text = () => z.string().min(1);

const algorithmNames = Object.keys(textAlgorithms) as [TextAlgorithmName, ...TextAlgorithmName[]];

const schema = z.object({
  policy: text()
    .default("stories15M")
    .describe(
      "model to improve: smollm2-135m or another asset's name, a Hugging Face folder, a GGUF or llama2.c file",
    ),
  tokenizer: text()
    .optional()
    .describe("tokenizer.bin of llama2.c, or tokenizer.json; where the model brings none"),
  loraRank: count(0)
    .optional()
    .describe(
      "rank of an adapter that is trained in place of the model's weights; 0 trains them all [default: 8 above 50 million parameters]",
    ),
  gradientCheckpointing: z
    .boolean()
    .default(false)
    .describe(
      "learn in less memory and a third more time: layers are computed a second time for their gradient",
    ),
  task: z
    .enum(Object.keys(tasks) as [TaskName, ...TaskName[]])
    .default("sentiment")
    .describe("what the model is to learn; lengths that fit come with it"),
  data: text()
    .optional()
    .describe(
      "feedback, where not the task's own: for sentiment an asset's name or a JSON file of [{ t: text, s: 0 or 1 }]; else a file of preferences in TRL's format",
    ),
  reward: z
    .enum(["pairwise", "regression"])
    .default("pairwise")
    .describe("how the reward model learns: from pairs or from scores"),
  promptSource: z
    .enum(["reviews", "stories"])
    .default("reviews")
    .describe("what prompts are openings of: held-out reviews, or stories that the pretrained model writes"),
  ...computeOptions,
  seed: count(0).default(1).describe("seed of every random number"),
  promptTokens: count(6)
    .default(12)
    .describe("most tokens of a prompt: of a review's opening, or of what a task asks"),
  responseTokens: count(2).default(48).describe("tokens that the policy adds"),
  textTokens: count(8)
    .default(64)
    .describe("tokens that every review is cut to, so that length tells nothing; other tasks don't need it"),
  temperature: positive().default(0.7).describe("temperature of the policy's distribution"),
  sftSteps: count(0).default(200).describe("steps of supervised fine-tuning"),
  sftBatch: count().default(16).describe("texts per step of supervised fine-tuning"),
  sftLearningRate: positive().default(3e-4).describe("learning rate of supervised fine-tuning"),
  rewardPairs: count(2)
    .default(1536)
    .describe("pairs of texts for the reward model (or twice as many rated ones)"),
  rewardBatch: count().default(16).describe("pairs per step"),
  rewardMicroBatch: count()
    .default(16)
    .describe("pairs in one forward pass: fewer take less memory, and learn the same"),
  rewardLearningRate: positive().default(1e-4).describe("learning rate of the reward model"),
  algorithm: z
    .enum(algorithmNames)
    .default("ppo")
    .describe("what improves the model; dpo and q-learning take --kl-coefficient as their own β"),
  iterations: count(0).default(16).describe("iterations of the algorithm"),
  prompts: count().default(32).describe("prompts per iteration"),
  epochs: count().default(2).describe("passes over each batch of responses"),
  minibatches: count().default(2).describe("parts that a batch is split into"),
  microBatch: count()
    .default(8)
    .describe("responses in one forward pass of learning: fewer take less memory, and learn the same"),
  learningRate: positive().default(3e-5).describe("learning rate of policy and value model"),
  kl: z
    .enum(["k1", "k2", "exact"])
    .default("k1")
    .describe("KL estimator: k1 stands in the reward, k2 and exact in the loss"),
  klCoefficient: positive().default(0.7).describe("coefficient of the KL penalty at the start"),
  targetKl: positive().default(2.5).describe("nats per response that the coefficient is adapted to"),
  klHorizon: positive().default(100).describe("responses over which the coefficient adapts"),
  evaluationPrompts: count(2).default(200).describe("held-out prompts that before and after are compared on"),
  heldOutPairs: count(2).default(500).describe("held-out pairs that the reward model is judged on"),
});

/** The app's options; `--help` prints them. */
export const options = defineOptions({
  name: "rlhf",
  description:
    "Sentiment control from human-rated reviews (or another --task): fine-tunes a language model, trains a reward model " +
    "on what people liked, improves the language model by PPO (or another --algorithm) under a KL penalty, and shows " +
    "what changed.",
  command: "npm run rlhf --",
  schema,
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

export type Options = NonNullable<Awaited<ReturnType<typeof options.parse>>>;
