import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createRandom, type Random } from "@accord-rl/core";
import { createTransformer, saveLlama2c } from "@accord-rl/language-model";

/** Files of a world small enough for runs of seconds: a random model over letters, its tokenizer, and made-up reviews. */
export interface World {
  readonly policy: string;
  readonly tokenizer: string;
  readonly data: string;
  /** The flags that name them, and make every stage save several times. */
  readonly flags: readonly string[];
  /** A file with the same, for --config. */
  readonly config: string;
}

export const contextLength = 48;
const letters = [..." abcdefghijklmnopqrstuvwxyz."];
const opinions = [
  ["bad dull poor awful weak boring sad", 0],
  ["good fine great superb lovely happy funny", 1],
] as const;
const others = "the a film was it and plot so all in end of act one my we saw".split(" ");

const oneOf = (words: readonly string[], random: Random): string => words[random.integer(words.length)]!;

const review = (index: number, random: Random) => {
  const [words, score] = opinions[index % 2]!;
  const text = Array.from({ length: 14 }, (_, i) =>
    oneOf(i % 3 === 2 ? words.split(" ") : others, random),
  ).join(" ");
  return { t: `${text}.`, s: score };
};

/** llama2.c's tokenizer.bin: special pieces, bytes and letters, none of which merge. */
const tokenizerFile = (): Buffer => {
  const bytes = Array.from({ length: 256 }, (_, i) => `<0x${i.toString(16).toUpperCase().padStart(2, "0")}>`);
  const pieces = ["<unk>", "\n<s>\n", "\n</s>\n", ...bytes, ...letters].map((piece) => {
    const head = Buffer.alloc(8);
    head.writeInt32LE(Buffer.byteLength(piece), 4);
    return Buffer.concat([head, Buffer.from(piece)]);
  });
  return Buffer.concat([Buffer.from([7, 0, 0, 0]), ...pieces]);
};

const flagsOf = (values: Readonly<Record<string, string | number>>): string[] =>
  Object.entries(values).flatMap(([name, value]) => [
    `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`,
    String(value),
  ]);

/** Makes the files in a folder; `length` is the model's context. */
export const createWorld = async (
  folder: string,
  backend: string,
  { length = contextLength }: { readonly length?: number } = {},
): Promise<World> => {
  mkdirSync(folder, { recursive: true });
  const [policy, tokenizer, data] = ["model.bin", "tokenizer.bin", "reviews.json"].map((name) =>
    join(folder, name),
  ) as [string, string, string];
  const random = createRandom(3);
  const model = createTransformer(
    {
      vocabularySize: 259 + letters.length,
      width: 16,
      hiddenWidth: 24,
      layers: 2,
      heads: 4,
      keyValueHeads: 2,
      contextLength: length,
      ropeTheta: 10_000,
      ropeLayout: "interleaved",
      normEpsilon: 1e-5,
      tiedOutput: true,
    },
    random.fork("model"),
  );
  await saveLlama2c(model, policy);
  model.dispose();
  writeFileSync(tokenizer, tokenizerFile());
  const texts = random.fork("reviews");
  writeFileSync(data, JSON.stringify(Array.from({ length: 4000 }, (_, i) => review(i, texts))));
  const values = {
    ...{ preset: "tiny", backend, policy, tokenizer, data },
    ...{ promptTokens: 12, responseTokens: 10, textTokens: 24 },
    ...{ sftSteps: 24, sftBatch: 4, sftLearningRate: 0.01 },
    ...{ rewardPairs: 64, rewardBatch: 4, heldOutPairs: 20 },
    ...{ iterations: 8, prompts: 8, epochs: 2, minibatches: 2, evaluationPrompts: 60 },
  };
  const config = join(folder, "options.yaml");
  writeFileSync(config, JSON.stringify(values));
  return { policy, tokenizer, data, flags: flagsOf(values), config };
};
