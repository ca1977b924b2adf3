import type { Observations, Policy, ValueFunction } from "@accord-rl/core";
import type { PolicyGradientParts } from "@accord-rl/policy-gradient";
import type { A2cOptions } from "./a2c-options.ts";

/** What A2C is built from. It draws no random numbers, so `random` is not needed. */
export interface A2cParts<Obs extends Observations, P extends Policy<Obs>>
  extends PolicyGradientParts<Obs, P> {
  readonly values: ValueFunction<Obs>;
  readonly options?: Partial<A2cOptions>;
}
