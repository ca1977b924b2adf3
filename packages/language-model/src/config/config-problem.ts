import { InvalidArgumentError } from "@accord-rl/core";
import { ropeScalingProblem } from "./rope-scaling.ts";
import type { TransformerConfig } from "./transformer-config.ts";

const counts = [
  "vocabularySize",
  "width",
  "hiddenWidth",
  "layers",
  "heads",
  "keyValueHeads",
  "contextLength",
  "headSize",
] as const satisfies readonly (keyof TransformerConfig)[];

const positives = [
  "ropeTheta",
  "normEpsilon",
  "scoreScale",
  "embeddingScale",
] as const satisfies readonly (keyof TransformerConfig)[];

const choices = {
  ropeLayout: ["interleaved", "half"],
  norm: ["rms", "layer"],
  feedForward: ["swiglu", "geglu", "gelu"],
  gelu: ["tanh", "exact", "quick"],
  positions: ["rotary", "learned"],
} as const satisfies { readonly [K in keyof TransformerConfig]?: readonly TransformerConfig[K][] };

/** What no model has, but a damaged file may say: these sizes alone would fill the memory. */
const limits: { readonly [K in keyof TransformerConfig]?: number } = {
  layers: 10_000,
  contextLength: 2 ** 21,
};

const isPositive = (value: number): boolean => value > 0 && Number.isFinite(value);

const sizeProblem = ({
  width,
  heads,
  keyValueHeads,
  headSize,
  positions,
}: TransformerConfig): string | undefined => {
  const multiple = positions === "learned" ? heads : 2 * heads;
  const kind = positions === "learned" ? "whole" : "even";
  if (headSize === undefined && width % multiple !== 0) {
    return `width ${width} gives ${heads} heads no ${kind} size each`;
  }
  if (headSize !== undefined && kind === "even" && headSize % 2 !== 0) {
    return `headSize is ${headSize}, expected an even number`;
  }
  return heads % keyValueHeads === 0
    ? undefined
    : `heads ${heads} is no multiple of keyValueHeads ${keyValueHeads}`;
};

const slidingProblem = ({ sliding, layers }: TransformerConfig): string | undefined => {
  if (sliding === undefined) return undefined;
  const { window, ropeTheta, ropeScaling } = sliding;
  if (!Number.isInteger(window) || window < 1)
    return `sliding.window is ${window}, expected a positive integer`;
  if (!isPositive(ropeTheta)) return `sliding.ropeTheta is ${ropeTheta}, expected a positive number`;
  const scalingProblem = ropeScaling && ropeScalingProblem(ropeScaling);
  if (scalingProblem) return `sliding: ${scalingProblem}`;
  const wrong = sliding.layers.find((layer) => !Number.isInteger(layer) || layer < 0 || layer >= layers);
  return wrong === undefined
    ? undefined
    : `sliding.layers holds ${wrong}, expected numbers from 0 to ${layers - 1}`;
};

/** What makes a configuration unusable, in words; undefined when nothing does. */
export const configProblem = (config: TransformerConfig): string | undefined => {
  for (const name of counts) {
    const value = config[name];
    if (value === undefined && name === "headSize") continue;
    if (!Number.isInteger(value) || (value as number) < 1) {
      return `${name} is ${value}, expected a positive integer`;
    }
    const limit = limits[name] ?? Number.MAX_SAFE_INTEGER;
    if ((value as number) > limit) return `${name} is ${value}, expected at most ${limit}`;
  }
  for (const name of positives) {
    const value = config[name];
    if (value === undefined && (name === "scoreScale" || name === "embeddingScale")) continue;
    if (!isPositive(value as number)) return `${name} is ${value}, expected a positive number`;
  }
  for (const [name, known] of Object.entries(choices) as [keyof typeof choices, readonly unknown[]][]) {
    const value = config[name];
    if (known.includes(value) || (value === undefined && name !== "ropeLayout")) continue;
    return `${name} is ${JSON.stringify(value)}, expected ${known.map((choice) => JSON.stringify(choice)).join(" or ")}`;
  }
  return (
    sizeProblem(config) ??
    slidingProblem(config) ??
    (config.ropeScaling && ropeScalingProblem(config.ropeScaling))
  );
};

/** @throws InvalidArgumentError when the configuration is unusable. */
export const checkConfig = (where: string, config: TransformerConfig): void => {
  const problem = configProblem(config);
  if (problem) {
    throw new InvalidArgumentError({ argument: "config", value: config, message: `${where}: ${problem}` });
  }
};
