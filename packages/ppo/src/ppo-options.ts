import { positive } from "@accord-rl/core";
import type { Schedule } from "@accord-rl/learning";
import {
  type CommonOptions,
  commonDefaults,
  commonRules,
  type PassOptions,
  type ReturnOptions,
  resolveOptions,
} from "@accord-rl/policy-gradient";

/** The numbers of PPO. Optimizer, regularizer and SFT mix are objects of their own. */
export interface PpoOptions extends CommonOptions, ReturnOptions, PassOptions {
  /** ε of the policy's ratio. (0, ∞], default 0.2 (Schulman et al. 2017). A schedule counts updates, and may end at 0. */
  readonly clipEpsilon: number | Schedule;
  /** ε_v, in units of the values; null = no clipping. Default 0.2 (Ziegler et al. 2019). */
  readonly valueClipEpsilon: number | null;
  /** c > 1, the bound on the loss of negative advantages; null = none. Default null; verl uses 3. */
  readonly dualClip: number | null;
}

/** From Ziegler et al. 2019, but for their optimizer, and rewards that they scale. */
export const ppoDefaults: PpoOptions = Object.freeze({
  ...commonDefaults,
  clipEpsilon: 0.2,
  valueClipEpsilon: 0.2,
  dualClip: null,
  epochs: 4,
  minibatches: 1,
  maxApproxKl: null,
});

/** The defaults with what was given; unknown names and impossible values throw. */
export const resolvePpoOptions = (given?: Partial<PpoOptions>): PpoOptions =>
  resolveOptions({
    where: "createPpo",
    defaults: ppoDefaults,
    given,
    rules: {
      ...commonRules,
      clipEpsilon: positive,
      valueClipEpsilon: positive,
      dualClip: [(value) => value > 1, "a number above 1, such as 3, or null"],
    },
    schedulable: ["clipEpsilon"],
    nullable: ["valueClipEpsilon", "dualClip", "microBatchSize", "maxApproxKl"],
  });
