import type { Observations, Policy, Random, ValueFunction } from "@accord-rl/core";
import type { PolicyGradientParts } from "@accord-rl/policy-gradient";
import type { PpoOptions } from "./ppo-options.ts";

/** What PPO is built from. */
export interface PpoParts<Obs extends Observations, P extends Policy<Obs>>
  extends PolicyGradientParts<Obs, P> {
  readonly values: ValueFunction<Obs>;
  readonly random: Random;
  readonly options?: Partial<PpoOptions>;
}
