import { availableParallelism } from "node:os";
import { computeOptions, defineOptions } from "@accord-rl/runs";
import { z } from "zod";

const count = (minimum = 1) => z.coerce.number().int().min(minimum);

/** Where one process has two cores, it has time enough for what TensorFlow and the garbage collector do beside it. */
const defaultJobs = Math.max(1, Math.min(4, Math.floor(availableParallelism() / 2)));

const schema = z.object({
  task: z
    .enum(["exact", "cartpole", "acrobot", "sentiment"])
    .default("exact")
    .describe("what is learned: a toy language with a known optimum, classic control, or sentiment control"),
  algorithms: z
    .array(z.string().min(1))
    .min(1)
    .optional()
    .describe("names, or paths of modules with an algorithm of your own [default: all that fit the task]"),
  seeds: z
    .union([z.number().int().min(1), z.array(count(0)).min(1)])
    .default(3)
    .describe("how many (1, 2, 3, …), or a list such as 4,7 (7, with a comma at the end, is seed 7 alone)"),
  steps: count()
    .optional()
    .describe("environment steps of each run, on text responses [default: what suits algorithm and task]"),
  evaluationEpisodes: count().default(100).describe("episodes that the last policy is judged by, in control"),
  sentiment: z
    .string()
    .min(1)
    .optional()
    .describe("a YAML file of options of `npm run rlhf`, for the sentiment task"),
  backend: computeOptions.backend,
  jobs: count().default(defaultJobs).describe("runs at a time, each in a process of its own"),
});

/** The app's options; `--help` prints them. */
export const options = defineOptions({
  name: "compare",
  description:
    "Runs several algorithms on one task with the same seeds, each run in a process of its own, and sets them side by " +
    "side: a table, and a report with intervals.",
  command: "npm run compare --",
  schema,
  presets: {
    tiny: {
      description: "two seeds and a moment of each, for tests; says nothing about quality",
      values: { seeds: 2, steps: 64, evaluationEpisodes: 4 },
    },
    full: { description: "as many steps as each algorithm is usually given", values: {} },
  },
  defaultPreset: "full",
  inputs: ["sentiment"],
  mayDiffer: ["backend", "jobs"],
});

export type Options = NonNullable<Awaited<ReturnType<typeof options.parse>>>;
