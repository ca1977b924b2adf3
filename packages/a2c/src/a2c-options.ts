import { count, InvalidArgumentError } from "@accord-rl/core";
import {
  type CommonOptions,
  commonDefaults,
  commonRules,
  type ReturnOptions,
  resolveOptions,
} from "@accord-rl/policy-gradient";

/** The numbers of A2C. Optimizer, regularizer and SFT mix are objects of their own. */
export interface A2cOptions extends CommonOptions, ReturnOptions {
  /** n: rewards of n steps and the value after them, instead of λ. Default null: λ. */
  readonly steps: number | null;
}

/** Those of every on-policy algorithm. The README says what the paper and other libraries take. */
export const a2cDefaults: A2cOptions = Object.freeze({ ...commonDefaults, steps: null });

/** The defaults with what was given; unknown names and impossible values throw. */
export const resolveA2cOptions = (given?: Partial<A2cOptions>): A2cOptions => {
  const options = resolveOptions({
    where: "createA2c",
    defaults: a2cDefaults,
    given,
    rules: { ...commonRules, steps: count },
    nullable: ["microBatchSize", "steps"],
  });
  const lambda = given?.gaeLambda ?? 1;
  if (options.steps === null || lambda === 1) return options;
  throw new InvalidArgumentError({
    argument: "steps",
    value: options.steps,
    message: `createA2c: got steps ${options.steps} and gaeLambda ${lambda}, expected one of them: returns of n steps have no λ`,
  });
};
