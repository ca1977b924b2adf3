/**
 * Proximal policy optimization.
 *
 * One update, given a rollout of the current policy:
 * 1. Values V_old of all states, and the reference's log-probs, while the parameters still equal the behaviour's.
 * 2. Shaped rewards: r − β·k1, where the regularizer stands in the reward.
 * 3. Advantages: δ_t = r_t + γV(s_{t+1}) − V(s_t), Â_t = Σ (γλ)^l δ_{t+l}; returns Â + V_old; then Â whitened.
 * 4. Epochs over shuffled minibatches of
 *      L = Σ w·( max(−ρÂ, −clip(ρ, 1 ± ε)Â) + c_v·½max((V − R)², (clip(V, V_old ± ε_v) − R)²) + β·kl − c_e·H )
 * 5. One optimizer step per minibatch, however many micro-batches it is computed in.
 * 6. The measured KL goes to the regularizer's controller.
 *
 * Deviations from the papers are in the README.
 *
 * @see Schulman et al. 2017. https://arxiv.org/abs/1707.06347
 * @see Ziegler et al. 2019, for language models. https://arxiv.org/abs/1909.08593
 */
import type { Algorithm, Observations, Policy, Rollout } from "@accord-rl/core";
import { gae } from "@accord-rl/math";
import {
  approximateKl,
  clippedSurrogate,
  createPolicyGradient,
  isClipped,
  overEpochs,
} from "@accord-rl/policy-gradient";
import { clippedValueLoss } from "./ppo-loss.ts";
import { resolvePpoOptions } from "./ppo-options.ts";
import type { PpoParts } from "./ppo-parts.ts";

/**
 * Builds PPO. `update` takes a rollout sampled by the current policy and leaves it to the caller to dispose of.
 *
 * @throws InvalidArgumentError for impossible options, here; and in `update` for a rollout without behaviour
 *   log-probs, one of another policy (ratio not 1), or one in which nothing takes part. `update` changes nothing then.
 */
export const createPpo = <Obs extends Observations, P extends Policy<Obs> = Policy<Obs>>(
  parts: PpoParts<Obs, P>,
): Algorithm<P, Rollout<Obs>> => {
  const options = resolvePpoOptions(parts.options);
  const { clipEpsilon, dualClip, valueClipEpsilon } = options;
  return createPolicyGradient<Obs, P>(parts, {
    name: "ppo",
    options,
    estimate: (batch) => gae(batch, options), // [B, T]
    scheduled: typeof clipEpsilon === "function" ? { clipEpsilon } : {},
    loss: ({ logProbs, values }, columns, scheduled) => {
      const clip = { clipEpsilon: typeof clipEpsilon === "function" ? scheduled.clipEpsilon! : clipEpsilon };
      const surrogate = { ...columns, logProbs }; // [B, T] each
      return {
        policyLoss: clippedSurrogate(surrogate, { ...clip, dualClip: dualClip ?? undefined }),
        valueLoss: clippedValueLoss(
          { ...columns, values },
          { valueClipEpsilon: valueClipEpsilon ?? undefined },
        ),
        metrics: {
          approxKl: approximateKl(surrogate),
          clipFraction: isClipped(surrogate, clip),
        },
      };
    },
    passes: overEpochs(options),
  });
};
