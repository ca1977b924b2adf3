import { labelerOption } from "@accord-rl/app-options";
import { computeOptionNames, computeOptions, defineOptions } from "@accord-rl/runs";
import { z } from "zod";
import { setNames } from "./sets.ts";

const count = (minimum = 1) => z.coerce.number().int().min(minimum);

const schema = z.object({
  labeler: labelerOption,
  labelerWeights: z
    .enum(["float32", "q8_0"])
    .default("float32")
    .describe("how a labeler in this process is held: q8_0 takes less memory and more time"),
  sets: z
    .array(z.enum(setNames))
    .min(1)
    .default(["qa", "dialogue", "hhh", "alpaca", "summarization"])
    .describe("what it is held against, in this order"),
  pairs: count(2).default(300).describe("pairs of each set; hhh has 221 in all"),
  summarizationPairs: count(2)
    .optional()
    .describe("pairs of the summarization set, whose texts are long; default: as many as of the others"),
  begunPairs: count(0)
    .optional()
    .describe(
      "of these, pairs that it also judges with its answer begun, for models in this process and servers that go on with it; default: all",
    ),
  scoredPairs: count(0)
    .optional()
    .describe("of these, pairs whose answers it also scores from 1 to 10, each by itself; default: all"),
  thinkingPairs: count(0)
    .default(40)
    .describe("of these, pairs for which the labeler writes its reasons first"),
  writtenPairs: count(0).default(40).describe("of these, pairs for which it writes its letter as text"),
  thinkingTokens: count().default(80).describe("tokens that its reasons may take"),
  mostWords: count(20)
    .default(250)
    .describe("longer pairs of alpaca and arena are left out: words of the prompt and of both answers"),
  documentWords: count(10).default(150).describe("documents to be summarized are cut after so many words"),
  seed: count(0).default(1).describe("seeds which pairs are drawn, and which of the two is shown first"),
  ...computeOptions,
});

/** The app's options; `--help` prints them. */
export const options = defineOptions({
  name: "labelers",
  description:
    "Holds a language model that labels against pairs whose better answer is known, in several ways of reading its choice.",
  command: "npm run labelers --",
  schema,
  presets: {
    tiny: {
      description: "a moment, for tests; says little",
      values: { sets: ["qa", "alpaca"], pairs: 12, thinkingPairs: 4, writtenPairs: 4 },
    },
    full: { description: "300 pairs of each set", values: {} },
  },
  defaultPreset: "full",
  inputs: ["labeler"],
  mayDiffer: computeOptionNames,
});

export type Options = NonNullable<Awaited<ReturnType<typeof options.parse>>>;
