import type { Random } from "@accord-rl/core";
import { observationWidth } from "../mlp-work.ts";

/** Both sides get these numbers: of stable-baselines3 and its zoo, but for the sizes. */
export const a2cSettings = {
  environments: 8,
  steps: 8,
  discount: 0.99,
  learningRate: 7e-4,
  decay: 0.99,
  epsilon: 1e-5,
  maxGradientNorm: 0.5,
} as const;

export const dqnSettings = {
  batchSize: 64,
  discount: 0.99,
  learningRate: 2.3e-3,
  epsilon: 1e-8,
  maxGradientNorm: 10,
  /** Gradient steps between two copies of the target. */
  targetEvery: 10,
  /** Transitions in the buffer. */
  stored: 4096,
} as const;

/** Steps that look like CartPole's; what is learned from them does not matter here. */
export interface DrawnSteps {
  /** [B × T × 4]. */
  readonly current: Float32Array;
  readonly next: Float32Array;
  /** [B × T]. */
  readonly actions: Int32Array;
  readonly terminated: Float32Array;
}

export const drawSteps = (random: Random, count: number): DrawnSteps => {
  const normals = (size: number) => Float32Array.from({ length: size }, () => random.normal());
  return {
    current: normals(count * observationWidth),
    next: normals(count * observationWidth),
    actions: Int32Array.from({ length: count }, () => random.integer(2)),
    terminated: Float32Array.from({ length: count }, () => (random.uniform() < 0.05 ? 1 : 0)),
  };
};

/** As JSON for the peer. */
export const plainSteps = (steps: DrawnSteps) =>
  Object.fromEntries(
    Object.entries(steps).map(([name, values]) => [name, Array.from(values as Float32Array)]),
  );
