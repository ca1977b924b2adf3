import { computeOptions, defineOptions } from "@accord-rl/runs";
import { z } from "zod";

const count = (minimum = 1) => z.coerce.number().int().min(minimum);

const schema = z.object({
  seed: count(0).default(1).describe("seed of every random number"),
  worlds: count(2).default(24).describe("languages with a gold reward of their own; intervals are over them"),
  labels: z
    .array(count(2))
    .min(2)
    .default([32, 128, 512, 2048, 8192, 32_768])
    .describe("numbers of labels that proxies learn from, growing"),
  members: count(2).default(5).describe("reward models of an ensemble"),
  penalty: z.coerce.number().positive().default(0.5).describe("λ of mean − λ·variance"),
  ensembleLabels: count(2).default(512).describe("labels that ensembles learn from; one of --labels"),
  klNats: z.coerce
    .number()
    .positive()
    .default(4)
    .describe("KL at which proxies are compared, nats per response"),
  trainedWorlds: count(0).default(3).describe("worlds in which PPO and best of n are run too"),
  iterations: count().default(60).describe("iterations of PPO"),
  batch: count(8).default(256).describe("responses per iteration of PPO, and prompts of best of n"),
  monitoredRuns: count(0)
    .default(150)
    .describe("clean runs that the monitors' false-alarm rate is measured on, and as many that are not"),
  falseAlarmRate: z.coerce
    .number()
    .min(0.01)
    .max(0.5)
    .default(0.05)
    .describe("false-alarm rate that is asked for"),
  backend: computeOptions.backend,
});

/** The app's options; `--help` prints them. */
export const options = defineOptions({
  name: "overoptimization",
  description:
    "Optimises proxies of a known gold reward, learned from more and fewer labels, further and further, and shows where " +
    "gold turns round: exactly, by PPO, and by best of n.",
  command: "npm run overoptimization --",
  schema,
  presets: {
    tiny: {
      description: "everything once, for tests; says little",
      values: {
        worlds: 4,
        labels: [32, 128, 512],
        ensembleLabels: 128,
        trainedWorlds: 1,
        iterations: 3,
        batch: 32,
        monitoredRuns: 6,
        falseAlarmRate: 0.5,
      },
    },
    full: { description: "what the README shows", values: {} },
  },
  defaultPreset: "full",
  mayDiffer: ["backend"],
});

export type Options = NonNullable<Awaited<ReturnType<typeof options.parse>>>;
