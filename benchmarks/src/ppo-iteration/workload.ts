import type { LlamaConfig } from "@accord-rl/policy";

/** The shape of stories15M, with the rotary layout of transformers. */
export const shape: LlamaConfig = {
  vocabularySize: 32_000,
  width: 288,
  hiddenWidth: 768,
  layers: 6,
  heads: 6,
  keyValueHeads: 6,
  contextLength: 256,
  ropeTheta: 10_000,
  ropeLayout: "half",
  normEpsilon: 1e-5,
  tiedOutput: true,
};

/** One iteration; both sides get these numbers. */
export const workload = {
  seed: 1,
  prompts: 16,
  promptTokens: 16,
  newTokens: 48,
  epochs: 4,
  clipEpsilon: 0.2,
  valueClipEpsilon: 0.2,
  valueCoefficient: 0.1,
  klCoefficient: 0.05,
  gaeLambda: 0.95,
  learningRate: 1e-5,
  epsilon: 1e-8,
} as const;
