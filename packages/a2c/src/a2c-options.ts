import { InvalidArgumentError } from "@accord-rl/core";
import { tokenMean } from "@accord-rl/math";
import { type CommonOptions, commonRules, count, resolveOptions } from "@accord-rl/policy-gradient";

/** The numbers of A2C. Optimizer, regularizer and SFT mix are objects of their own. */
export interface A2cOptions extends CommonOptions {
  /** γ in [0, 1]. Default 0.99. */
  readonly discount: number;
  /** λ in [0, 1]. Default 1: rewards up to the rollout's end, and the value there. */
  readonly gaeLambda: number;
  /** n: rewards of n steps and the value after them, instead of λ. Default null: as far as the rollout goes. */
  readonly steps: number | null;
}

/**
 * From Mnih et al. 2016 and its synchronous form in OpenAI's baselines and stable-baselines3, but for the entropy bonus
 * (theirs: 0.01 and 0) and the ½ that the value loss has here (c_v = 0.5 without it is 1 with it).
 *
 * For text use a discount of 1.
 */
export const a2cDefaults: A2cOptions = Object.freeze({
  discount: 0.99,
  gaeLambda: 1,
  steps: null,
  valueCoefficient: 1,
  entropyCoefficient: 0,
  microBatchSize: null,
  aggregation: tokenMean,
  whitening: null,
  scaleRewards: false,
  behaviourMismatch: "error",
});

/** The defaults with what was given; unknown names and impossible values throw. */
export const resolveA2cOptions = (given?: Partial<A2cOptions>): A2cOptions => {
  const options = resolveOptions({
    where: "createA2c",
    defaults: a2cDefaults,
    given,
    rules: { ...commonRules, steps: count },
    nullable: ["microBatchSize", "steps"],
  });
  if (options.steps === null || options.gaeLambda === 1) return options;
  throw new InvalidArgumentError({
    argument: "steps",
    value: options.steps,
    message: `createA2c: got steps ${options.steps} and gaeLambda ${options.gaeLambda}, expected one of them: returns of n steps have no λ`,
  });
};
