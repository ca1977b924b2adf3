import {
  type CommonOptions,
  commonRules,
  type PassOptions,
  resolveOptions,
} from "@accord-rl/policy-gradient";

/** The numbers of REINFORCE. Advantages, surrogate and aggregation are functions of their own. */
export type ReinforceOptions = Omit<CommonOptions, "aggregation"> & PassOptions;

/** One step on the whole batch: the plain algorithm. c_v applies where a value function is the baseline. */
export const reinforceDefaults: ReinforceOptions = Object.freeze({
  valueCoefficient: 1,
  entropyCoefficient: 0,
  epochs: 1,
  minibatches: 1,
  microBatchSize: null,
  maxApproxKl: null,
  whitening: null,
  scaleRewards: false,
  behaviourMismatch: "error",
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
