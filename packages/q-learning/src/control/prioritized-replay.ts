import { InvalidArgumentError, rate, requireRule } from "@accord-rl/core";
import type { Schedule } from "@accord-rl/learning";
import type { Replay } from "./replay.ts";
import { createSumTree } from "./sum-tree.ts";
import { createTransitionStore } from "./transition-store.ts";

export interface PrioritizedReplayOptions {
  /** How many transitions are kept; the oldest gives way. */
  readonly capacity: number;
  /** α in [0, 1]: 0 draws all alike. Default 0.6 (Schaul et al. 2016, proportional variant). */
  readonly alpha?: number;
  /** β in [0, 1], by the minibatches drawn so far: 1 corrects the whole bias. Default 0.4; the paper raises it to 1. */
  readonly beta?: number | Schedule;
  /** ε, added to |δ| so that nothing is never drawn. Default 1e-6 (OpenAI Baselines). */
  readonly epsilon?: number;
}

/**
 * Transitions that surprised come back more often.
 *
 *   P(i) = p_i^α / Σ p^α,  p_i = |δ_i| + ε;   w_i = (N·P(i))^−β / max_j w_j
 *
 * New transitions get the largest priority so far. A minibatch takes one transition from each of N equal ranges of the
 * cumulative priorities, and the largest weight is that of the minibatch.
 *
 * @see Schaul et al. 2016, algorithm 1. https://arxiv.org/abs/1511.05952
 */
export const prioritizedReplay = (options: PrioritizedReplayOptions): Replay => {
  const { capacity, alpha = 0.6, beta = 0.4, epsilon = 1e-6 } = options;
  requireRule("prioritizedReplay", "alpha", alpha, rate);
  if (typeof beta === "number") requireRule("prioritizedReplay", "beta", beta, rate);
  if (!(epsilon > 0)) {
    const message = `prioritizedReplay: epsilon is ${epsilon}, expected a number above 0`;
    throw new InvalidArgumentError({ argument: "epsilon", value: epsilon, message });
  }
  const store = createTransitionStore("prioritizedReplay", capacity);
  // float32, so that a checkpoint holds exactly what is in the tree.
  let tree = createSumTree(capacity);
  let largest = 1;
  let drawn = 0;

  return {
    get size() {
      return store.size;
    },
    add: (transition) => tree.set(store.add(transition), largest),
    sample: (count, random) => {
      const b = requireRule("prioritizedReplay", "beta", typeof beta === "number" ? beta : beta(drawn), rate);
      drawn += 1;
      const slots = Int32Array.from({ length: count }, (_, i) =>
        tree.find(((i + random.uniform()) / count) * tree.total),
      );
      const weights = Float32Array.from(slots, (slot) => ((store.size * tree.get(slot)) / tree.total) ** -b);
      const top = weights.reduce((max, weight) => Math.max(max, weight), 0);
      return { slots, weights: weights.map((weight) => weight / top) };
    },
    gather: store.gather,
    updatePriorities: (slots, errors) => {
      slots.forEach((slot, i) => {
        const priority = Math.fround((Math.abs(errors[i]!) + epsilon) ** alpha);
        tree.set(slot, priority);
        largest = Math.max(largest, priority);
      });
    },
    state: async () => {
      const { tensors, json } = store.state();
      const data = Float32Array.from({ length: store.size }, (_, slot) => tree.get(slot));
      return {
        tensors: { ...tensors, priorities: { dtype: "float32", shape: [store.size], data } },
        json: { store: json, largest, drawn },
      };
    },
    restore: ({ tensors: { priorities, ...tensors }, json }) => {
      const saved = json as { store?: never; largest?: unknown; drawn?: unknown } | null;
      const commit = store.prepareRestore({ tensors, json: saved?.store ?? null });
      const count = tensors.actions!.data.length;
      const isFine =
        priorities?.data.length === count &&
        priorities.data.every((priority) => priority > 0 && Number.isFinite(priority)) &&
        typeof saved?.largest === "number" &&
        saved.largest > 0 &&
        Number.isSafeInteger(saved.drawn);
      if (!isFine) {
        const message =
          "prioritizedReplay.restore: priorities are missing or damaged, expected one above 0 each";
        throw new InvalidArgumentError({ argument: "state", value: json, message });
      }
      commit();
      tree = createSumTree(capacity);
      for (const [slot, priority] of priorities.data.entries()) tree.set(slot, priority);
      largest = saved.largest as number;
      drawn = saved.drawn as number;
    },
  };
};
