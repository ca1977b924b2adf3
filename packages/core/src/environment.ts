import type { Tensor, Tensor1D } from "@tensorflow/tfjs-core";
import type { Random } from "./random.ts";
import type { Stateful } from "./stateful.ts";

/**
 * B parallel environments with A discrete actions. An ended one resets by itself.
 *
 * One that is `Stateful` too lets a run continue in the middle of an episode.
 */
export interface Environment extends Partial<Stateful> {
  readonly name: string;
  /** B. */
  readonly size: number;
  /** Shape of one observation. */
  readonly observationShape: readonly number[];
  /** A. */
  readonly actions: number;
  /** Starts all anew. @param random  kept for later resets, so give a fork. @returns [B × observation], row-major. */
  reset(random: Random): Float32Array;
  /** @param actions [B]. @returns arrays that no later step writes to. */
  step(actions: Int32Array): EnvironmentStep;
}

export interface EnvironmentStep {
  /** What the next action will see: after a reset, where one happened. */
  readonly observations: Float32Array;
  /** The true successor: differs from `observations` where an episode ended. */
  readonly successors: Float32Array;
  /** [B]. */
  readonly rewards: Float32Array;
  /** [B] 1 = the episode ended by itself. */
  readonly terminated: Float32Array;
  /** [B] 1 = the episode was cut by a time limit. */
  readonly truncated: Float32Array;
}

/** Chooses actions for a batch of observations; a KV cache or a recurrent state travels in `state`. */
export interface Actor<State = undefined> {
  /** @param observations [B, …]. @returns [B] each, owned by the caller. */
  act(
    observations: Tensor,
    random: Random,
    state?: State,
  ): Promise<{ actions: Tensor1D; logProbs: Tensor1D; state?: State }>;
  /**
   * The same distribution without tensors, where that is faster (a small network, few environments); collectors prefer it.
   *
   * @param observations [B, …] row-major, only read. @param size B. @returns [B] each, owned by the caller.
   */
  actOnHost?(
    observations: Float32Array,
    size: number,
    random: Random,
  ): { actions: Int32Array; logProbs: Float32Array };
}
