import type { TransformerConfig } from "@accord-rl/language-model";

export interface TrainStepCase {
  readonly model: TransformerConfig;
  readonly sequences: number;
  /** Inputs per sequence; one more token is read as the last target. */
  readonly length: number;
}

const common = { ropeTheta: 10_000, ropeLayout: "half", normEpsilon: 1e-5, tiedOutput: true } as const;

export const cases: Readonly<Record<string, TrainStepCase>> = {
  small: {
    model: {
      ...common,
      vocabularySize: 256,
      width: 64,
      hiddenWidth: 256,
      layers: 2,
      heads: 4,
      keyValueHeads: 4,
      contextLength: 32,
    },
    sequences: 8,
    length: 32,
  },
  mid: {
    model: {
      ...common,
      vocabularySize: 4096,
      width: 256,
      hiddenWidth: 1024,
      layers: 4,
      heads: 8,
      keyValueHeads: 8,
      contextLength: 128,
    },
    sequences: 8,
    length: 128,
  },
};

/** Both sides get these numbers. */
export const training = {
  seed: 1,
  learningRate: 3e-4,
  beta1: 0.9,
  beta2: 0.95,
  epsilon: 1e-8,
  weightDecay: 0.1,
  maxGradientNorm: 1,
  /** Steps whose losses are compared before anything is timed. */
  checkedSteps: 3,
} as const;
