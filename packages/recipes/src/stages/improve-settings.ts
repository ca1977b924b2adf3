import { type KlEstimator, k1 } from "@accord-rl/kl-regularizers";

export interface ImproveSettings {
  /** Batches of responses that are sampled and learned from. */
  readonly iterations?: number;
  /** Responses per iteration. An algorithm that compares several to one prompt takes fewer prompts. */
  readonly prompts?: number;
  /** Passes over each batch of responses. */
  readonly epochs?: number;
  /** Parts that a batch is split into. */
  readonly minibatches?: number;
  /** Responses in one forward pass of learning: fewer take less memory, and learn the same. */
  readonly microBatchSize?: number;
  /** α of policy and value model at its highest: it warms up over an eighth of the steps, and falls to a tenth. */
  readonly learningRate?: number;
  /** How KL(policy ‖ reference) is estimated; the estimator says whether it stands in the reward or in the loss. */
  readonly estimator?: KlEstimator;
  /** β at the start. Algorithms with a β of their own take it as theirs. */
  readonly klCoefficient?: number;
  /** Nats per response that β is adapted to. */
  readonly targetKl?: number;
  /** Responses over which β adapts. */
  readonly klHorizon?: number;
  /** What policy gradients do where scoring disagrees with what was sampled: products in bfloat16 make it so. */
  readonly behaviourMismatch?: "error" | "warn-and-truncate";
}

/** The settings with what was left out. */
export type FullImproveSettings = Required<ImproveSettings>;

export const improveDefaults: FullImproveSettings = {
  iterations: 16,
  prompts: 32,
  epochs: 2,
  minibatches: 2,
  microBatchSize: 8,
  learningRate: 3e-5,
  estimator: k1,
  klCoefficient: 0.7,
  targetKl: 2.5,
  klHorizon: 100,
  behaviourMismatch: "error",
};
