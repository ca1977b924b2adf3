import {
  fineTuneDefaults,
  improveDefaults,
  rewardModelDefaults,
  type TaskName,
  type TextAlgorithmName,
  taskDefaults,
  tasks,
  textAlgorithms,
} from "@accord-rl/recipes";
import { computeOptions } from "@accord-rl/runs";
import { z } from "zod";

const count = (minimum = 1) => z.coerce.number().int().min(minimum);
const positive = () => z.coerce.number().positive();
const text = () => z.string().min(1);

const algorithmNames = Object.keys(textAlgorithms) as [TextAlgorithmName, ...TextAlgorithmName[]];

/** What `npm run rlhf` can be asked for. */
export const rlhfSchema = z.object({
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
    .default(taskDefaults.promptSource)
    .describe("what prompts are openings of: held-out reviews, or stories that the pretrained model writes"),
  ...computeOptions,
  seed: count(0).default(1).describe("seed of every random number"),
  promptTokens: count(6)
    .default(taskDefaults.promptTokens)
    .describe("most tokens of a prompt: of a review's opening, or of what a task asks"),
  responseTokens: count(2).default(taskDefaults.responseTokens).describe("tokens that the policy adds"),
  textTokens: count(8)
    .default(taskDefaults.textTokens)
    .describe("tokens that every review is cut to, so that length tells nothing; other tasks don't need it"),
  temperature: positive().default(0.7).describe("temperature of the policy's distribution"),
  sftSteps: count(0).default(fineTuneDefaults.steps).describe("steps of supervised fine-tuning"),
  sftBatch: count().default(fineTuneDefaults.batchSize).describe("texts per step of supervised fine-tuning"),
  sftLearningRate: positive()
    .default(fineTuneDefaults.learningRate)
    .describe("learning rate of supervised fine-tuning"),
  rewardPairs: count(2)
    .default(rewardModelDefaults.examples)
    .describe("pairs of texts for the reward model (or twice as many rated ones)"),
  rewardBatch: count().default(rewardModelDefaults.batchSize).describe("pairs per step"),
  rewardMicroBatch: count()
    .default(rewardModelDefaults.microBatchSize)
    .describe("pairs in one forward pass: fewer take less memory, and learn the same"),
  rewardLearningRate: positive()
    .default(rewardModelDefaults.learningRate)
    .describe("learning rate of the reward model"),
  algorithm: z
    .enum(algorithmNames)
    .default("ppo")
    .describe("what improves the model; dpo and q-learning take --kl-coefficient as their own β"),
  iterations: count(0).default(improveDefaults.iterations).describe("iterations of the algorithm"),
  prompts: count().default(improveDefaults.prompts).describe("prompts per iteration"),
  epochs: count().default(improveDefaults.epochs).describe("passes over each batch of responses"),
  minibatches: count().default(improveDefaults.minibatches).describe("parts that a batch is split into"),
  microBatch: count()
    .default(improveDefaults.microBatchSize)
    .describe("responses in one forward pass of learning: fewer take less memory, and learn the same"),
  learningRate: positive()
    .default(improveDefaults.learningRate)
    .describe("learning rate of policy and value model"),
  kl: z
    .enum(["k1", "k2", "exact"])
    .default("k1")
    .describe("KL estimator: k1 stands in the reward, k2 and exact in the loss"),
  klCoefficient: positive()
    .default(improveDefaults.klCoefficient)
    .describe("coefficient of the KL penalty at the start"),
  targetKl: positive()
    .default(improveDefaults.targetKl)
    .describe("nats per response that the coefficient is adapted to"),
  klHorizon: positive()
    .default(improveDefaults.klHorizon)
    .describe("responses over which the coefficient adapts"),
  evaluationPrompts: count(2)
    .default(taskDefaults.heldOutPrompts)
    .describe("held-out prompts that before and after are compared on"),
  heldOutPairs: count(2)
    .default(taskDefaults.heldOutPairs)
    .describe("held-out pairs that the reward model is judged on"),
});
