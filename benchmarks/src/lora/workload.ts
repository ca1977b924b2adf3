/** One iteration; both sides get these numbers. */
export const workload = {
  seed: 1,
  prompts: 16,
  promptTokens: 64,
  newTokens: 64,
  microBatchSize: 4,
  epochs: 2,
  clipEpsilon: 0.2,
  valueClipEpsilon: 0.2,
  valueCoefficient: 0.1,
  klCoefficient: 0.05,
  gaeLambda: 0.95,
  learningRate: 1e-4,
  epsilon: 1e-8,
} as const;

/** r and α of the adapter, which sits on every matrix of the layers. */
export const adapter = { rank: 8, alpha: 16, targets: ["all-linear"] } as const;
