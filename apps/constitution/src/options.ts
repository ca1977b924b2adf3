import { defaultRevisionExemplars } from "@accord-rl/feedback";
import { computeOptionNames, computeOptions, defineOptions } from "@accord-rl/runs";
import { z } from "zod";

const count = (minimum = 1) => z.coerce.number().int().min(minimum);
const positive = () => z.coerce.number().positive();
const share = () => z.coerce.number().min(0).max(1);

const schema = z.object({
  policy: z
    .string()
    .min(1)
    .default("smollm2-135m-instruct")
    .describe("instruct model: an asset's name, a GGUF file or a Hugging Face folder; needs a chat template"),
  rank: count().default(8).describe("rank of the adapters, which are all that is trained"),
  constitution: z
    .string()
    .min(1)
    .optional()
    .describe("principles of your own, a .json or .md file [default: the library's]"),
  redTeamPrompts: count(2).default(24).describe("harmful requests that are answered, criticised and revised"),
  helpfulPrompts: count(2).default(24).describe("honest requests whose own answers are learned as well"),
  heldOutPrompts: count(2)
    .default(24)
    .describe("requests of each of the two kinds that measure every stage, besides 24 medical ones"),
  rounds: count().default(1).describe("critiques with revisions for each harmful request"),
  exemplars: count(0)
    .max(defaultRevisionExemplars.length)
    .default(0)
    .describe(
      `critiques with revisions of others that the model is shown first, ${defaultRevisionExemplars.length} at most`,
    ),
  answerTokens: count(2).default(64).describe("most tokens of an answer, a critique and a revision"),
  weights: z
    .array(share())
    .min(1)
    .default([0, 0.5, 1])
    .describe("mixing weights λ of harmlessness against helpfulness that fine-tuning is swept over"),
  weight: share().default(0.5).describe("the λ of these whose policy goes on to the second stage"),
  slEpochs: count().default(2).describe("passes of fine-tuning over its examples"),
  slBatch: count().default(8).describe("examples of each step"),
  slLearningRate: positive().default(3e-4).describe("of fine-tuning, falling to a tenth"),
  labeling: z
    .enum(["verdict", "pairwise"])
    .default("verdict")
    .describe(
      "how a drawn principle labels a pair: a verdict on each response alone, or which of two is better, in both orders",
    ),
  minimumProbability: z.coerce
    .number()
    .min(0)
    .lt(1)
    .optional()
    .describe(
      "least probability of both labels together, without which a pair has no label [default: the labeler's]",
    ),
  algorithm: z
    .enum(["dpo", "ppo"])
    .default("dpo")
    .describe("second stage: DPO on the labelled pairs, or PPO on the verdicts themselves"),
  rlEpochs: count().default(2).describe("passes of DPO over the pairs, or of PPO over its prompts"),
  rlBatch: count(2).default(8).describe("pairs, or responses, of each step"),
  rlLearningRate: positive().default(1e-4).describe("of the second stage, falling to a tenth"),
  beta: positive().default(0.1).describe("β: how strongly the second stage is held to the first"),
  temperature: positive().default(0.7).describe("of the policy's distribution, where pairs are sampled"),
  batchSize: count().default(16).describe("conversations that are generated at a time"),
  ...computeOptions,
  seed: count(0).default(1).describe("seed of every random number"),
});

/** The app's options. `--help` prints them. */
export const options = defineOptions({
  name: "constitution",
  description:
    "Constitutional AI with a real instruct model: it revises its answers by principles, learns from the revisions, and " +
    "then from labels by principle. Harm and helpfulness are measured on held-out requests after each stage.",
  command: "npm run constitution --",
  schema,
  presets: {
    tiny: {
      description: "every stage in a moment, for tests; says nothing about quality",
      values: {
        rank: 2,
        redTeamPrompts: 3,
        helpfulPrompts: 3,
        heldOutPrompts: 2,
        answerTokens: 4,
        weights: [0.5, 1],
        slEpochs: 1,
        slBatch: 4,
        rlEpochs: 1,
        rlBatch: 4,
      },
    },
    quick: { description: "for native TensorFlow: about 15 minutes on 2 cores", values: {} },
    full: {
      description: "more requests, four rounds as in the paper, longer answers: hours",
      values: {
        redTeamPrompts: 300,
        helpfulPrompts: 300,
        heldOutPrompts: 150,
        rounds: 4,
        answerTokens: 160,
        weights: [0, 0.25, 0.5, 0.75, 1],
      },
    },
  },
  defaultPreset: "quick",
  inputs: ["policy", "constitution"],
  mayDiffer: computeOptionNames,
  mayChange: ["slLearningRate", "rlLearningRate"],
});

export type Options = NonNullable<Awaited<ReturnType<typeof options.parse>>>;
