import { labelerOption, rlhfOptions, rlhfSchema } from "@accord-rl/app-options";
import { startBackend } from "@accord-rl/backend";
import { computeOptionNames, defineOptions } from "@accord-rl/runs";
import { z } from "zod";
import { armNames } from "./arms.ts";

const count = (minimum = 1) => z.coerce.number().int().min(minimum);

const schema = rlhfSchema.extend({
  labeler: labelerOption,
  labelerWeights: z
    .enum(["float32", "q8_0"])
    .default("float32")
    .describe("how a labeler in this process is held: q8_0 takes less memory and more time"),
  labeling: z
    .enum(["verdict", "pairwise", "score"])
    .default("verdict")
    .describe(
      "what the labeler is asked: a verdict on each text, which of two is better (in both orders), or a score from 1 to 10",
    ),
  promptSet: z
    .string()
    .min(1)
    .default("sentiment")
    .describe("words that the labeler is asked with: a set's name, or a JSON file of your own"),
  exemplars: count(0).default(0).describe("judged examples that the labeler is shown"),
  beginAnswer: z
    .boolean()
    .default(false)
    .describe(
      'begin the answer ("Response ") of --labeling pairwise; for models in this process and servers that go on with it',
    ),
  reading: z
    .enum(["auto", "letter"])
    .default("auto")
    .describe(
      "how the choice of --labeling pairwise is read: auto takes log-probabilities where there are any; letter takes what is written, which reasoning models need",
    ),
  refusedShare: z.coerce
    .number()
    .gt(0)
    .max(1)
    .default(0.5)
    .describe("stop once the labeler refuses more than this share of at least 100 questions"),
  chainOfThought: z.boolean().default(false).describe("let the labeler give its reasons before it chooses"),
  labelPairs: count(8).default(384).describe("pairs that the labeler judges, each in both orders"),
  auditPairs: count(0)
    .default(40)
    .describe("pairs on which the labeler is looked over for bias; 0 leaves it out, at least 20 are needed"),
  humanPairs: count(8).default(96).describe("pairs whose human label is known to `rlhf` and `hybrid`"),
  hybridWeight: z.coerce
    .number()
    .positive()
    .default(2)
    .describe("weight of a human label in `hybrid`, where an AI label has 1"),
  arms: z
    .array(z.enum(armNames))
    .min(1)
    .default(["rlhf", "rlaif", "hybrid"])
    .describe(`which policies are trained: ${armNames.join(", ")}`),
  rewardExamples: count()
    .default(768)
    .describe("pairs that each reward model sees, the same ones again where there are fewer"),
});

/** The app's options: those of `npm run rlhf`, and the labeler's. `--help` prints them. */
export const options = defineOptions({
  name: "rlaif",
  description:
    "A language model labels pairs in place of people. Policies learn from its labels, from a few human ones, and from " +
    "both, on the same task; the labeler is held against what people said.",
  command: "npm run rlaif --",
  schema,
  presets: {
    tiny: {
      description: "every stage in a moment, for tests; says nothing about quality",
      values: {
        ...rlhfOptions.definition.presets.tiny.values,
        labelPairs: 24,
        auditPairs: 20,
        humanPairs: 8,
        rewardExamples: 16,
      },
    },
    wasm: {
      description: "for the default backend: fewer labels, one policy",
      values: {
        ...rlhfOptions.definition.presets.wasm.values,
        labelPairs: 96,
        auditPairs: 0,
        humanPairs: 48,
        rewardExamples: 256,
        iterations: 8,
        sftSteps: 60,
        arms: ["rlaif"],
      },
    },
    quick: {
      description: "for native TensorFlow: labels and three policies in under 15 minutes on 2 cores",
      values: { sftSteps: 150, iterations: 10, evaluationPrompts: 150 },
    },
    full: {
      description: "more labels, longer runs, and RLAIF trained by A2C besides",
      values: {
        labelPairs: 2000,
        auditPairs: 200,
        humanPairs: 200,
        rewardExamples: 4000,
        sftSteps: 1000,
        iterations: 40,
        targetKl: 4,
        arms: [...armNames],
      },
    },
  },
  defaultPreset: async ({ backend = "auto", matmulPrecision }) => {
    const { name } = await startBackend({ backend, tensorflow: { matmulPrecision } });
    return name === "wasm" || name === "cpu" ? "wasm" : "quick";
  },
  inputs: ["policy", "tokenizer", "data", "labeler", "promptSet"],
  mayDiffer: computeOptionNames,
  mayChange: ["sftLearningRate", "rewardLearningRate", "learningRate"],
});

export type Options = NonNullable<Awaited<ReturnType<typeof options.parse>>>;
