import { type Actor, type Environment, NonFiniteError, type Random } from "@accord-rl/core";
import * as tf from "@tensorflow/tfjs-core";

export interface ChosenActions {
  /** [B]. */
  readonly actions: Int32Array;
  /** [B]. */
  readonly logProbs: Float32Array;
}

/** An actor on typed arrays, whether it needs tensors for it or not. */
export const createActing =
  (actor: Actor, { size, observationShape }: Environment) =>
  (observations: Float32Array, random: Random): ChosenActions | Promise<ChosenActions> => {
    if (actor.actOnHost) return actor.actOnHost(observations, size, random);
    return actOnTensors(actor, tf.tensor(observations, [size, ...observationShape]), random);
  };

const actOnTensors = async (actor: Actor, input: tf.Tensor, random: Random): Promise<ChosenActions> => {
  let chosen: Awaited<ReturnType<Actor["act"]>> | undefined;
  try {
    chosen = await actor.act(input, random);
    const [actions, logProbs] = await Promise.all([chosen.actions.data(), chosen.logProbs.data()]);
    return { actions: Int32Array.from(actions), logProbs: Float32Array.from(logProbs) };
  } finally {
    tf.dispose([input, chosen?.actions, chosen?.logProbs]);
  }
};

/** @throws NonFiniteError that names the environment. */
export const requireFiniteRewards = (rewards: Float32Array, environment: Environment, step: number): void => {
  for (let row = 0; row < rewards.length; row++) {
    if (Number.isFinite(rewards[row])) continue;
    const quantity = `${environment.name}: the reward of environment ${row}`;
    throw new NonFiniteError({ quantity, value: rewards[row]!, step });
  }
};
