/**
 * Synchronous advantage actor-critic.
 *
 * One update, given a rollout of the current policy:
 * 1. Values V_old of all states, and the reference's log-probs, while the parameters still equal the behaviour's.
 * 2. Shaped rewards: r − β·k1, where the regularizer stands in the reward.
 * 3. Advantages: δ_t = r_t + γV(s_{t+1}) − V(s_t), Â_t = Σ (γλ)^l δ_{t+l}, or of n steps; returns Â + V_old.
 * 4. One pass over the whole batch:
 *      L = Σ w·( −Â·log π + c_v·½(V − R)² + β·kl − c_e·H )
 * 5. One optimizer step, however many micro-batches it is computed in.
 * 6. The measured KL goes to the regularizer's controller.
 *
 * Deviations from the paper are in the README.
 *
 * @see Mnih et al. 2016, §4. https://arxiv.org/abs/1602.01783
 */
import type { Algorithm, Observations, Policy, Rollout } from "@accord-rl/core";
import { gae, nStepReturns } from "@accord-rl/math";
import { createPolicyGradient, onePass, policyGradientLoss, valueLoss } from "@accord-rl/policy-gradient";
import { resolveA2cOptions } from "./a2c-options.ts";
import type { A2cParts } from "./a2c-parts.ts";

/**
 * Builds A2C. `update` takes a rollout sampled by the current policy and leaves it to the caller to dispose of.
 *
 * @throws InvalidArgumentError for impossible options, here; and in `update` for a rollout without behaviour
 *   log-probs, one of another policy (ratio not 1), or one in which nothing takes part. `update` changes nothing then.
 */
export const createA2c = <Obs extends Observations, P extends Policy<Obs> = Policy<Obs>>(
  parts: A2cParts<Obs, P>,
): Algorithm<P, Rollout<Obs>> => {
  const options = resolveA2cOptions(parts.options);
  const { steps, discount } = options;
  return createPolicyGradient<Obs, P>(parts, {
    name: "a2c",
    options,
    estimate: (batch) => (steps === null ? gae(batch, options) : nStepReturns(batch, { steps, discount })), // [B, T]
    loss: ({ logProbs, values }, { advantages, returns }) => ({
      policyLoss: policyGradientLoss({ logProbs, advantages }),
      valueLoss: valueLoss({ values, returns }),
    }),
    passes: onePass,
  });
};
