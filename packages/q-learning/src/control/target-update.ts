import { InvalidArgumentError, type Parameters } from "@accord-rl/core";
import { followParameters } from "@accord-rl/learning";

/** How the target network follows the one that learns. */
export interface TargetUpdate {
  /** Copies after every this many gradient steps; it stands still in between. */
  readonly every?: number;
  /** After each gradient step: assigns the target's parameters. A function of tensors alone, so that it can be compiled. */
  readonly follow?: (target: Parameters, online: Parameters) => void;
}

/**
 * Copies all parameters every C gradient steps.
 *
 * @param options.every  C; a library that counts environment steps copies every C·(environment steps per gradient step).
 * @see Mnih et al. 2015, algorithm 1. https://doi.org/10.1038/nature14236
 */
export const hardTarget = ({ every }: { readonly every: number }): TargetUpdate => {
  if (Number.isSafeInteger(every) && every >= 1) return { every };
  const message = `hardTarget: every is ${every}, expected an integer of 1 or more`;
  throw new InvalidArgumentError({ argument: "every", value: every, message });
};

/**
 * θ̄ ← θ̄ + τ·(θ − θ̄) after every gradient step.
 *
 * @param options.tau  τ in (0, 1]; 0.005 is common.
 * @see Lillicrap et al. 2016, algorithm 1. https://arxiv.org/abs/1509.02971
 */
export const polyak = ({ tau }: { readonly tau: number }): TargetUpdate => {
  if (tau > 0 && tau <= 1) return { follow: (target, online) => followParameters(target, online, tau) };
  const message = `polyak: tau is ${tau}, expected a number above 0, at most 1`;
  throw new InvalidArgumentError({ argument: "tau", value: tau, message });
};
