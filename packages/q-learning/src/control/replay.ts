import type { Random, Stateful } from "@accord-rl/core";
import type { Transition, TransitionColumns } from "./transition.ts";
import { createTransitionStore } from "./transition-store.ts";

/** One minibatch: where its transitions stand, and how much each counts. */
export interface ReplaySample {
  readonly slots: Int32Array;
  /** [N] importance weights; none: all count alike. */
  readonly weights?: Float32Array;
}

/** Experience that is learned from more than once. Its state is part of the checkpoint. */
export interface Replay extends Stateful {
  /** Transitions that are there. */
  readonly size: number;
  add(transition: Transition): void;
  /** With replacement. */
  sample(count: number, random: Random): ReplaySample;
  gather(slots: Int32Array): TransitionColumns;
  /** There when what was learned about transitions decides how often they come back. @param errors |TD error|. */
  updatePriorities?(slots: Int32Array, errors: Float32Array): void;
}

/**
 * All transitions alike.
 *
 * @param options.capacity  how many are kept; the oldest gives way.
 * @see Lin 1992; Mnih et al. 2015. https://doi.org/10.1038/nature14236
 */
export const uniformReplay = ({ capacity }: { readonly capacity: number }): Replay => {
  const store = createTransitionStore("uniformReplay", capacity);
  return {
    get size() {
      return store.size;
    },
    add: (transition) => void store.add(transition),
    sample: (count, random) => ({
      slots: Int32Array.from({ length: count }, () => random.integer(store.size)),
    }),
    gather: store.gather,
    state: async () => store.state(),
    restore: (state) => store.prepareRestore(state)(),
  };
};
