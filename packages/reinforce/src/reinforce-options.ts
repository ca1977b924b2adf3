import {
  type CommonOptions,
  commonDefaults,
  commonRules,
  type PassOptions,
  resolveOptions,
} from "@accord-rl/policy-gradient";

/** The numbers of REINFORCE. Advantages, surrogate and aggregation are functions of their own. */
export type ReinforceOptions = Omit<CommonOptions, "aggregation"> & PassOptions;

const { aggregation: _, discount: _discount, gaeLambda: _lambda, ...shared } = commonDefaults;

/**
 * One step on the whole batch: the plain algorithm. c_v applies where a value function is the baseline. The estimator of
 * the advantages says what they are measured against, so that none is whitened unless asked for.
 */
export const reinforceDefaults: ReinforceOptions = Object.freeze({
  ...shared,
  epochs: 1,
  minibatches: 1,
  maxApproxKl: null,
  whitening: null,
});

/** The defaults with what was given; unknown names and impossible values throw. */
export const resolveReinforceOptions = (
  where: string,
  given: Partial<ReinforceOptions> | undefined,
): ReinforceOptions =>
  resolveOptions({
    where,
    defaults: reinforceDefaults,
    given,
    rules: commonRules,
    nullable: ["microBatchSize", "maxApproxKl"],
  });
