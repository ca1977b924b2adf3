import type { Algorithm, GroupedRollout, Observations, Policy, Rollout } from "@accord-rl/core";
import { sequenceMean } from "@accord-rl/math";
import {
  type AdvantageEstimator,
  groupStandardized,
  leaveOneOut,
  noBaseline,
  type RewardsToGoOptions,
} from "./advantages.ts";
import { createNamed } from "./reinforce.ts";
import type { AggregationFor, ReinforceParts } from "./reinforce-parts.ts";
import { type Surrogate, type SurrogateLevel, sequenceRatio, tokenRatio } from "./surrogate.ts";

/** What a member of the family is built from: its advantages are settled, and need no value function. */
export type FamilyParts<Obs extends Observations, P extends Policy<Obs>, L extends SurrogateLevel> = Omit<
  ReinforceParts<Obs, P, AdvantageEstimator, L>,
  "advantages" | "values" | "valueOptimizer"
>;

/**
 * RLOO: each score minus the mean of its group's others, and one ratio, clipped, per response.
 *
 * @see Ahmadian et al. 2024; the ratio and its clip are TRL's. https://arxiv.org/abs/2402.14740
 */
export const createRloo = <
  Obs extends Observations,
  P extends Policy<Obs>,
  L extends SurrogateLevel = "sequence",
>(
  parts: FamilyParts<Obs, P, L>,
): Algorithm<P, GroupedRollout<Obs>> => {
  const { surrogate = sequenceRatio() as Surrogate<SurrogateLevel> as Surrogate<L> } = parts;
  return createNamed("rloo", { ...parts, surrogate, advantages: leaveOneOut });
};

/**
 * GRPO: scores standardised within their group, and the clipped surrogate per token; every response counts the same.
 *
 * The paper's penalty is the k3 estimate of the KL in the loss with β 0.04, which follows the forward KL; TRL's β is 0.
 * Here it is a `regularizer`. Pass other advantages, surrogates and aggregations for Dr. GRPO, DAPO, GSPO and CISPO.
 *
 * @see Shao et al. 2024, §4.1. https://arxiv.org/abs/2402.03300
 */
export const createGrpo = <
  Obs extends Observations,
  P extends Policy<Obs>,
  L extends SurrogateLevel = "token",
>({
  advantages = groupStandardized(),
  ...parts
}: FamilyParts<Obs, P, L> & {
  /** Default: `groupStandardized()`. */
  readonly advantages?: AdvantageEstimator<GroupedRollout>;
}): Algorithm<P, GroupedRollout<Obs>> => {
  const {
    surrogate = tokenRatio() as Surrogate<SurrogateLevel> as Surrogate<L>,
    aggregation = sequenceMean as AggregationFor<L>,
  } = parts;
  return createNamed("grpo", { ...parts, surrogate, aggregation, advantages });
};

/**
 * REINFORCE++: rewards-to-go with the KL penalty of each token in them, whitened over the whole batch, and the clipped
 * surrogate per token.
 *
 * @see Hu et al. 2025. https://arxiv.org/abs/2501.03262
 */
export const createReinforcePlusPlus = <
  Obs extends Observations,
  P extends Policy<Obs>,
  L extends SurrogateLevel = "token",
>({
  discount = 1,
  ...parts
}: FamilyParts<Obs, P, L> & RewardsToGoOptions): Algorithm<P, Rollout<Obs>> => {
  const { surrogate = tokenRatio() as Surrogate<SurrogateLevel> as Surrogate<L>, options } = parts;
  return createNamed("reinforcePlusPlus", {
    ...parts,
    surrogate,
    advantages: noBaseline({ discount }),
    options: { whitening: { scope: "batch", variance: "biased" }, ...options },
  });
};
