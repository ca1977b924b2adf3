import { InvalidArgumentError } from "@accord-rl/core";

/** The shape of a model of the Llama family. */
export interface TransformerConfig {
  /** V. */
  readonly vocabularySize: number;
  /** D. */
  readonly width: number;
  /** F: width of the feed-forward part. */
  readonly hiddenWidth: number;
  readonly layers: number;
  /** H: query heads; D / H is a head's size. */
  readonly heads: number;
  /** KV: key and value heads, each shared by H / KV query heads. */
  readonly keyValueHeads: number;
  /** Most tokens, prompt and response together. */
  readonly contextLength: number;
  /** Base of the rotary frequencies. */
  readonly ropeTheta: number;
  /** Which two numbers of a head turn together: 2i and 2i + 1 (llama2.c), or i and i + size / 2 (Hugging Face). */
  readonly ropeLayout: "interleaved" | "half";
  /** ε of the root mean square. */
  readonly normEpsilon: number;
  /** The output layer is the embedding. */
  readonly tiedOutput: boolean;
}

const counts = [
  "vocabularySize",
  "width",
  "hiddenWidth",
  "layers",
  "heads",
  "keyValueHeads",
  "contextLength",
] as const;

const positives = ["ropeTheta", "normEpsilon"] as const;

/** What makes a configuration unusable, in words; undefined when nothing does. */
export const configProblem = (config: TransformerConfig): string | undefined => {
  for (const name of counts) {
    const value = config[name];
    if (!Number.isInteger(value) || value < 1) return `${name} is ${value}, expected a positive integer`;
  }
  for (const name of positives) {
    if (!(config[name] > 0 && Number.isFinite(config[name]))) {
      return `${name} is ${config[name]}, expected a positive number`;
    }
  }
  const { width, heads, keyValueHeads, ropeLayout } = config;
  if (width % (2 * heads) !== 0) return `width ${width} gives ${heads} heads no even size each`;
  if (heads % keyValueHeads !== 0) return `heads ${heads} is no multiple of keyValueHeads ${keyValueHeads}`;
  if (ropeLayout !== "interleaved" && ropeLayout !== "half") {
    return `ropeLayout is ${String(ropeLayout)}, expected "interleaved" or "half"`;
  }
  return undefined;
};

/** @throws InvalidArgumentError when the configuration is unusable. */
export const checkConfig = (where: string, config: TransformerConfig): void => {
  const problem = configProblem(config);
  if (problem) {
    throw new InvalidArgumentError({ argument: "config", value: config, message: `${where}: ${problem}` });
  }
};

/** Numbers that follow from a configuration. */
export const headSizes = ({ width, heads, keyValueHeads }: TransformerConfig) => ({
  /** Numbers per head. */
  headSize: width / heads,
  /** Query heads that share one key and value head. */
  groupSize: heads / keyValueHeads,
  /** Columns of the queries and keys, which rotate. */
  rotatedWidth: (width / heads) * (heads + keyValueHeads),
  /** Columns of the values, which don't. */
  valueWidth: (width / heads) * keyValueHeads,
});
