import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createRandom, type Random } from "@accord-rl/core";
import { tinyModelFile, tinyTokenizerFile } from "./tiny-llama2c.ts";

/** Options of `npm run rlhf` under which runs take seconds, and every stage saves several times. */
const smallOptions = {
  ...{ promptTokens: 12, responseTokens: 10, textTokens: 24 },
  ...{ sftSteps: 24, sftBatch: 4, sftLearningRate: 0.01 },
  ...{ rewardPairs: 64, rewardBatch: 4, heldOutPairs: 20 },
  ...{ iterations: 8, prompts: 8, epochs: 2, minibatches: 2, evaluationPrompts: 60 },
};

/** Files of a world small enough for runs of seconds: a random model over letters, its tokenizer, and made-up reviews. */
export interface TinyWorld {
  /** llama2.c files, and reviews as JSON. */
  readonly policy: string;
  readonly tokenizer: string;
  readonly data: string;
  /** Options of `npm run rlhf` that name them, and are small. */
  readonly options: typeof smallOptions & Readonly<Record<"policy" | "tokenizer" | "data", string>>;
  /** A file with these options, the preset and the backend, for --config. */
  readonly config: string;
}

/** The model's context where none is asked for. */
export const tinyContextLength = 48;
const opinions = [
  ["bad dull poor awful weak boring sad", 0],
  ["good fine great superb lovely happy funny", 1],
] as const;
const others = "the a film was it and plot so all in end of act one my we saw".split(" ");

const oneOf = (words: readonly string[], random: Random): string => words[random.integer(words.length)] ?? "";

const review = (index: number, random: Random) => {
  const [words, score] = opinions[index % 2 === 0 ? 0 : 1];
  const text = Array.from({ length: 14 }, (_, i) =>
    oneOf(i % 3 === 2 ? words.split(" ") : others, random),
  ).join(" ");
  return { t: `${text}.`, s: score };
};

/** Makes the files in a folder. */
export const createTinyWorld = (
  folder: string,
  {
    backend,
    contextLength = tinyContextLength,
  }: { readonly backend: string; readonly contextLength?: number },
): TinyWorld => {
  mkdirSync(folder, { recursive: true });
  const at = (name: string) => join(folder, name);
  const files = { policy: at("model.bin"), tokenizer: at("tokenizer.bin"), data: at("reviews.json") };
  const random = createRandom(3).fork("reviews");
  const reviews = Array.from({ length: 4000 }, (_, i) => review(i, random));
  writeFileSync(files.policy, tinyModelFile(contextLength));
  writeFileSync(files.tokenizer, tinyTokenizerFile());
  writeFileSync(files.data, JSON.stringify(reviews));
  const options = { ...files, ...smallOptions };
  const config = at("options.yaml");
  writeFileSync(config, JSON.stringify({ preset: "tiny", backend, ...options }));
  return { ...files, options, config };
};
