import type { Tensor, Tensor2D } from "@tensorflow/tfjs-core";

/** Tensors by name, each with B as its first dimension, so that any part can take rows of any observation. */
export type Observations = Readonly<Record<string, Tensor>>;

/**
 * What a language model observes: prompts padded on the left, responses padded on the right.
 * P = tokenIds.shape[1] − actions.shape[1].
 */
export interface TextObservations extends Observations {
  /** [B, P + T] int32. Padding holds 0. */
  readonly tokenIds: Tensor2D;
  /** [B, P + T] float32. 1 = a real token. */
  readonly tokenMask: Tensor2D;
}

/** What vectorised control observes: s_t and its true successor (before any automatic reset). */
export interface ControlObservations extends Observations {
  /** [B, T, …] float32. */
  readonly current: Tensor;
  /** [B, T, …] float32. */
  readonly next: Tensor;
}

/**
 * One batch of experience. Text: B responses of T tokens. Control: B parallel environments of T steps.
 * Owned by whoever collected it: `disposeRollout` frees it.
 */
export interface Rollout<Obs extends Observations = Observations, Extras extends object = object> {
  readonly observations: Obs;
  /** [B, T] int32. */
  readonly actions: Tensor2D;
  /** [B, T] float32. log-probabilities of the distribution that was really sampled; absent in logged data. */
  readonly behaviourLogProbs?: Tensor2D;
  /** [B, T] float32. Raw task reward; a KL penalty is never baked in. rewards[t] arrives after action t. */
  readonly rewards: Tensor2D;
  /** [B, T] float32. 0 = padding: stops every trace. */
  readonly valid: Tensor2D;
  /** [B, T] float32. 1 = chosen by the policy. valid but not mask = a tool's or environment's token: carried through. */
  readonly mask: Tensor2D;
  /** [B, T] float32. 1 = the successor's value is 0. */
  readonly terminated: Tensor2D;
  /** [B, T] float32. 1 = the successor's value counts, the trace stops. */
  readonly truncated: Tensor2D;
  /** [B] Same prompt, same number. */
  readonly groups?: Int32Array;
  /** Counts the updates of the policy that sampled. */
  readonly policyVersion: number;
  readonly extras: Extras;
}

/** Experience whose samples are grouped by prompt, as RLOO and GRPO need it. */
export type GroupedRollout<Obs extends Observations = Observations, Extras extends object = object> = Rollout<
  Obs,
  Extras
> & { readonly groups: Int32Array };

/** The part of a rollout that evaluating a policy or a value function needs; also what a minibatch carries. */
export type Decisions<Obs extends Observations = Observations> = Pick<
  Rollout<Obs>,
  "observations" | "actions"
>;

/** Frees every tensor of a rollout. */
export const disposeRollout = (rollout: Rollout): void => {
  for (const tensor of Object.values(rollout.observations)) tensor.dispose();
  rollout.actions.dispose();
  rollout.behaviourLogProbs?.dispose();
  for (const key of ["rewards", "valid", "mask", "terminated", "truncated"] as const) rollout[key].dispose();
};
