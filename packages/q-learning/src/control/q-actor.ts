import type { Actor, QFunction, Random } from "@accord-rl/core";
import type { Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { type Exploration, greedy } from "./exploration.ts";

/** Inverts the cumulative distribution at a draw. */
const invert = (probabilities: Float32Array, draw: number): number => {
  let total = 0;
  for (const probability of probabilities) total += probability;
  let cumulative = 0;
  for (let i = 0; i < probabilities.length; i++) {
    cumulative += probabilities[i]!;
    // Not where the probability is 0: its cumulative share is that of the action before.
    if (draw * total < cumulative) return i;
  }
  return probabilities.findLastIndex((probability) => probability > 0);
};

/**
 * Plays what an exploration makes of a Q function; its log-probs are those of the exploring distribution.
 *
 * @param options.nextStep  gives the number of an environment step, and counts it.
 */
export const createQActor = ({
  q,
  exploration,
  nextStep = () => 0,
}: {
  readonly q: QFunction;
  readonly exploration: Exploration;
  readonly nextStep?: () => number;
}): Actor => {
  const choose = (values: Float32Array, random: Random): { actions: Int32Array; logProbs: Float32Array } => {
    const size = values.length / q.actions;
    const actions = new Int32Array(size);
    const logProbs = new Float32Array(size);
    for (let row = 0; row < size; row++) {
      const own = values.subarray(row * q.actions, (row + 1) * q.actions);
      const probabilities = exploration(own, nextStep());
      actions[row] = invert(probabilities, random.uniform());
      logProbs[row] = Math.log(probabilities[actions[row]!]!);
    }
    return { actions, logProbs };
  };
  const { valuesOnHost } = q;
  return {
    act: async (observations: Tensor, random) => {
      const values = q.values(observations); // [B, A]
      const read = await values.data<"float32">();
      values.dispose();
      const { actions, logProbs } = choose(read, random);
      return { actions: tf.tensor1d(actions, "int32"), logProbs: tf.tensor1d(logProbs) };
    },
    ...(valuesOnHost && {
      actOnHost: (observations: Float32Array, size: number, random: Random) =>
        choose(valuesOnHost(observations, size), random),
    }),
  };
};

/** Always the best action, for evaluation. Follows the Q function as it learns. */
export const createGreedyActor = (q: QFunction): Actor => createQActor({ q, exploration: greedy });
