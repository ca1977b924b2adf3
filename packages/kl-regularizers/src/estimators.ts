import { InvalidArgumentError, type KlInputs, type KlSemantics } from "@accord-rl/core";
import { checkShape } from "@accord-rl/math";
import * as tf from "@tensorflow/tfjs-core";
import type { KlEstimator } from "./estimator.ts";
import { exactKl, importanceRatio, k1Values, k2Values, k3Values } from "./kl-values.ts";

const unbiased: KlSemantics = { value: "KL(policy‖reference)", gradient: "KL(policy‖reference)" };

const logRatio = (where: string, { policy, reference }: KlInputs): tf.Tensor2D => {
  checkShape(
    where,
    "reference.logProbs",
    reference.logProbs,
    policy.logProbs.shape,
    "same as policy.logProbs",
  );
  return tf.sub(policy.logProbs, reference.logProbs); // [B, T]
};

const ratio = (where: string, { policy, behaviourLogProbs }: KlInputs): tf.Tensor2D => {
  checkShape(where, "behaviourLogProbs", behaviourLogProbs, policy.logProbs.shape, "same as policy.logProbs");
  return importanceRatio(policy.logProbs, behaviourLogProbs); // [B, T]
};

/**
 * k1 = log π − log π_ref. In the reward, its score-function gradient is ∇KL(π‖π_ref), with reward-to-go that of the
 * KL of whole sequences.
 */
export const k1: KlEstimator<"reward"> = {
  name: "k1",
  lawful: { reward: unbiased },
  unlawful: {
    loss: "E[∇k1] = 0: the penalty would do nothing but add noise. Use k2, exact or ratioK1 there.",
  },
  request: {},
  value: (inputs) => tf.tidy(() => k1Values(logRatio("k1", inputs))),
};

/** k2 = ½(log π − log π_ref)². Biased as a value; in the loss its gradient is ∇KL(π‖π_ref) exactly, at ρ = 1. */
export const k2: KlEstimator<"loss"> = {
  name: "k2",
  lawful: { loss: { value: "biased", gradient: "KL(policy‖reference)" } },
  unlawful: { reward: "E[k2·∇log π] is the gradient of no KL. Use k1 there." },
  request: {},
  value: (inputs) => tf.tidy(() => k2Values(logRatio("k2", inputs))),
};

/** k3 = π_ref/π − 1 + log π − log π_ref. The measure with the least noise; as a penalty see `forwardK3` and `ratioK3`. */
export const k3: KlEstimator<never> = {
  name: "k3",
  lawful: {},
  unlawful: {
    reward:
      "E[k3·∇log π] is the gradient of KL(policy‖reference) − KL(reference‖policy), which diverges. Use k1 there.",
    loss: "E[∇k3] is the gradient of the forward KL(reference‖policy). Use forwardK3 if that is what you want, as in GRPO, and k2, exact or ratioK3 if not.",
  },
  request: {},
  value: (inputs) => tf.tidy(() => k3Values(logRatio("k3", inputs))),
};

/** k3 in the loss, under the name of what it does: its gradient is ∇KL(π_ref‖π), the forward KL. GRPO's penalty. */
export const forwardK3: KlEstimator<"loss"> = {
  name: "forwardK3",
  lawful: { loss: { value: "KL(policy‖reference)", gradient: "KL(reference‖policy)" } },
  unlawful: { reward: k3.unlawful?.reward ?? "" },
  request: {},
  value: (inputs) => tf.tidy(() => k3Values(logRatio("forwardK3", inputs))),
};

/** Σ_a π(a)·(log π(a) − log π_ref(a)): no sampling noise; needs both full distributions. */
export const exact: KlEstimator<"loss"> = {
  name: "exact",
  lawful: { loss: unbiased },
  unlawful: {
    reward: "it does not depend on the action, so its expected gradient there is 0. Use k1 there.",
  },
  request: { distribution: true },
  value: ({ policy, reference }) => {
    if (policy.distribution === undefined || reference.distribution === undefined) {
      throw new InvalidArgumentError({
        argument: policy.distribution === undefined ? "policy" : "reference",
        value: undefined,
        message: `exact: ${policy.distribution === undefined ? "policy" : "reference"} has no distribution, expected [B, T, A] log-probabilities; evaluate it with the estimator's request`,
      });
    }
    checkShape(
      "exact",
      "reference.distribution",
      reference.distribution,
      policy.distribution.shape,
      "same as policy.distribution",
    );
    return exactKl(policy.distribution, reference.distribution);
  },
};

/** ρ·k1, ρ = π/π_behaviour: value and gradient are right also after the policy has left the behaviour. */
export const ratioK1: KlEstimator<"loss"> = {
  name: "ratioK1",
  lawful: { loss: unbiased },
  unlawful: { reward: "rewards are shaped before the first step, where ρ = 1. Use k1 there." },
  request: {},
  value: (inputs) => tf.tidy(() => tf.mul(ratio("ratioK1", inputs), k1Values(logRatio("ratioK1", inputs)))), // [B, T]
};

/** ρ·k3, ρ = π/π_behaviour: as `ratioK1`, with less noise where the two are close. */
export const ratioK3: KlEstimator<"loss"> = {
  name: "ratioK3",
  lawful: { loss: unbiased },
  unlawful: { reward: k3.unlawful?.reward ?? "" },
  request: {},
  value: (inputs) => tf.tidy(() => tf.mul(ratio("ratioK3", inputs), k3Values(logRatio("ratioK3", inputs)))), // [B, T]
};

/** Every estimator by name, for command lines. */
export const klEstimators = { k1, k2, k3, forwardK3, exact, ratioK1, ratioK3 } as const;
