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
