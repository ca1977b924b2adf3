/**
 * REINFORCE and its kin: policy gradients whose advantages come from scores alone, or from scores and a baseline.
 *
 * One update, given a rollout of the current policy:
 * 1. The reference's log-probs (and values, where they are the baseline), while the parameters still are the behaviour's.
 * 2. Shaped rewards: r − β·k1, where the regularizer stands in the reward.
 * 3. Advantages Â of the whole batch: rewards-to-go, or scores compared within groups of the same prompt.
 * 4. Epochs over shuffled minibatches of
 *      L = Σ w·( surrogate(π, π_old, Â) + c_v·½(V − G)² + β·kl − c_e·H )
 * 5. One optimizer step per minibatch, however many micro-batches it is computed in.
 * 6. The measured KL goes to the regularizer's controller.
 *
 * RLOO, GRPO and others are choices of advantages, surrogate and aggregation w: the README has a table.
 *
 * @see Williams 1992. https://doi.org/10.1007/BF00992696
 */
import type { Algorithm, GroupedRollout, Observations, Policy } from "@accord-rl/core";
import { type LossAggregation, sequenceMean, tokenMean } from "@accord-rl/math";
import { approximateKl, createPolicyGradient, overEpochs, valueLoss } from "@accord-rl/policy-gradient";
import type { AdvantageEstimator } from "./advantages.ts";
import { resolveReinforceOptions } from "./reinforce-options.ts";
import { checkParts, type ReinforceParts, type RolloutFor } from "./reinforce-parts.ts";
import { plainGradient, type Surrogate, type SurrogateLevel } from "./surrogate.ts";

/** Builds an algorithm of this family under a name, which its errors and its state bear. */
export const createNamed = <
  Obs extends Observations,
  P extends Policy<Obs>,
  E extends AdvantageEstimator,
  L extends SurrogateLevel,
>(
  name: string,
  parts: ReinforceParts<Obs, P, E, L>,
): Algorithm<P, RolloutFor<Obs, E>> => {
  const where = `create${name[0]!.toUpperCase()}${name.slice(1)}`;
  const options = resolveReinforceOptions(where, parts.options);
  const surrogate: Surrogate = parts.surrogate ?? plainGradient;
  const aggregation: LossAggregation =
    parts.aggregation ?? (surrogate.level === "sequence" ? sequenceMean : tokenMean);
  const { advantages, values, random } = parts;
  const { minibatches, entropyCoefficient } = options;
  checkParts(where, {
    surrogate,
    aggregation,
    advantages,
    minibatches,
    hasValues: values !== undefined,
    hasRandom: random !== undefined,
    hasTokenTerms: parts.regularizer?.placement === "loss" || entropyCoefficient > 0,
  });
  return createPolicyGradient<Obs, P, GroupedRollout<Obs>>(parts, {
    name,
    options: { ...options, aggregation },
    estimate: advantages, // [B, T]
    loss: (now, columns) => {
      const inputs = { ...columns, logProbs: now.logProbs }; // [B, T] each
      return {
        policyLoss: surrogate.loss(inputs),
        ...(values && { valueLoss: valueLoss({ values: now.values, returns: columns.returns }) }),
        metrics: {
          approxKl: approximateKl(inputs),
          ...(surrogate.clipped && { clipFraction: surrogate.clipped(inputs) }),
        },
      };
    },
    passes: overEpochs(options),
  }) as unknown as Algorithm<P, RolloutFor<Obs, E>>;
};

/**
 * Builds REINFORCE with the advantages, surrogate and aggregation that it is given. `update` takes a rollout sampled by
 * the current policy and leaves it to the caller to dispose of.
 *
 * @throws InvalidArgumentError for parts that don't fit, here; and in `update` for a rollout without behaviour
 *   log-probs, without the groups that its advantages need, one of another policy, or one in which nothing takes part.
 *   `update` changes nothing then.
 */
export const createReinforce = <
  Obs extends Observations,
  P extends Policy<Obs>,
  E extends AdvantageEstimator,
  L extends SurrogateLevel = "token",
>(
  parts: ReinforceParts<Obs, P, E, L>,
): Algorithm<P, RolloutFor<Obs, E>> => createNamed("reinforce", parts);
