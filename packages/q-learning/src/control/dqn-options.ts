import { count, rate, resolveOptions } from "@accord-rl/core";

/** The numbers of DQN. Optimizer, replay, target, loss and exploration are objects of their own. */
export interface DqnOptions {
  /** γ in [0, 1]. Default 0.99 (Mnih et al. 2015). */
  readonly discount: number;
  /** n: steps until the bootstrap. Default 1; Rainbow takes 3. */
  readonly steps: number;
  /** N: transitions per gradient step. Default 32 (Mnih et al. 2015). */
  readonly batchSize: number;
  /** Per update. Default 1. */
  readonly gradientSteps: number;
  /** Environment steps before the first gradient step; until then actions are uniform. Default 1000. */
  readonly learningStarts: number;
  /** The network that learns chooses the successor's action, the target rates it (van Hasselt et al. 2016). Default false. */
  readonly double: boolean;
  /**
   * Gradient steps in one call, where `compile` makes one of them. Changes speed, not the result, but that a replay with
   * priorities hears of errors after each call. Default null: 16, and 1 with priorities.
   */
  readonly stepsPerCall: number | null;
}

export const dqnDefaults: DqnOptions = Object.freeze({
  discount: 0.99,
  steps: 1,
  batchSize: 32,
  gradientSteps: 1,
  learningStarts: 1000,
  double: false,
  stepsPerCall: null,
});

export const resolveDqnOptions = (given: Partial<DqnOptions> = {}): DqnOptions =>
  resolveOptions({
    where: "createDqn",
    defaults: dqnDefaults,
    given,
    rules: {
      discount: rate,
      steps: count,
      batchSize: count,
      gradientSteps: count,
      learningStarts: [(value) => Number.isSafeInteger(value) && value >= 0, "an integer of 0 or more"],
      stepsPerCall: count,
    },
  });
