import type { Actor, ControlObservations, Environment, Random, Rollout } from "@accord-rl/core";
import { InvalidArgumentError, NonFiniteError } from "@accord-rl/core";
import * as tf from "@tensorflow/tfjs-core";

/** One finished episode. */
export interface Episode {
  /** Σ rewards, undiscounted. */
  readonly reward: number;
  /** Steps. */
  readonly length: number;
}

export interface StepCollector {
  /**
   * Acts for `steps` steps in every environment, going on where the last call ended.
   *
   * @returns a rollout [B, steps] that the caller owns, and the episodes that ended meanwhile. After a failure the next
   *   call starts every environment anew.
   */
  collect(
    steps: number,
    options?: { readonly policyVersion?: number },
  ): Promise<{ rollout: Rollout<ControlObservations>; episodes: readonly Episode[] }>;
  /** Starts every environment anew at the next call. */
  reset(): void;
}

const columns = ["actions", "logProbs", "rewards", "terminated", "truncated"] as const;
type Columns = Record<(typeof columns)[number], Float32Array>;

const requireFinite = (values: Float32Array, environment: Environment, step: number): void => {
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad < 0) return;
  const quantity = `${environment.name}: the reward of environment ${bad}`;
  throw new NonFiniteError({ quantity, value: values[bad]!, step });
};

/**
 * Collects fixed-length rollouts from parallel environments, which reset by themselves.
 *
 * Keeps the current observations between calls. `observations.next` holds the true successors, so that a step cut by a
 * time limit can be bootstrapped.
 *
 * @param options.actor  memoryless; usually the policy itself.
 */
export const createStepCollector = (options: {
  readonly actor: Actor;
  readonly environment: Environment;
  readonly random: Random;
}): StepCollector => {
  const { actor, environment, random } = options;
  const { size: B, observationShape } = environment;
  const width = observationShape.reduce((product, length) => product * length, 1);
  let observations: Float32Array | undefined;
  let running: { reward: number; length: number }[] = [];

  const finish = (rewards: Float32Array, ended: (row: number) => boolean): Episode[] =>
    running.flatMap((episode, row) => {
      episode.reward += rewards[row]!;
      episode.length += 1;
      if (!ended(row)) return [];
      running[row] = { reward: 0, length: 0 };
      return [episode];
    });

  const act = async (current: Float32Array) => {
    if (actor.actOnHost) return actor.actOnHost(current, B, random);
    const input = tf.tensor(current, [B, ...observationShape]); // [B, …]
    const { actions, logProbs } = await actor.act(input, random);
    input.dispose();
    const read = [await actions.data(), await logProbs.data()] as const;
    tf.dispose([actions, logProbs]);
    return { actions: Int32Array.from(read[0]), logProbs: Float32Array.from(read[1]) };
  };

  return {
    collect: async (T, { policyVersion = 0 } = {}) => {
      if (!Number.isSafeInteger(T) || T < 1) {
        const message = `collect: steps is ${T}, expected an integer of 1 or more`;
        throw new InvalidArgumentError({ argument: "steps", value: T, message });
      }
      if (!observations) running = Array.from({ length: B }, () => ({ reward: 0, length: 0 }));
      let seen = observations ?? environment.reset(random);
      // Until all steps are there: after a failure the environments are no longer where they were.
      observations = undefined;
      const current = new Float32Array(B * T * width);
      const next = new Float32Array(B * T * width);
      const table = Object.fromEntries(columns.map((name) => [name, new Float32Array(B * T)])) as Columns;
      const episodes: Episode[] = [];
      for (let t = 0; t < T; t++) {
        const { actions, logProbs } = await act(seen);
        const { rewards, terminated, truncated, ...after } = environment.step(actions);
        requireFinite(rewards, environment, t);
        const step = { actions, logProbs, rewards, terminated, truncated };
        for (let row = 0; row < B; row++) {
          const cell = row * T + t;
          current.set(seen.subarray(row * width, (row + 1) * width), cell * width);
          next.set(after.successors.subarray(row * width, (row + 1) * width), cell * width);
          for (const name of columns) table[name][cell] = step[name][row]!;
        }
        episodes.push(...finish(rewards, (row) => terminated[row] === 1 || truncated[row] === 1));
        seen = Float32Array.from(after.observations);
      }
      observations = seen;
      const column = (name: (typeof columns)[number]): tf.Tensor2D => tf.tensor2d(table[name], [B, T]);
      const rollout: Rollout<ControlObservations> = {
        observations: {
          current: tf.tensor(current, [B, T, ...observationShape]), // [B, T, …]
          next: tf.tensor(next, [B, T, ...observationShape]), // [B, T, …]
        },
        actions: tf.tensor2d(Int32Array.from(table.actions), [B, T], "int32"),
        behaviourLogProbs: column("logProbs"),
        rewards: column("rewards"),
        valid: tf.ones<tf.Rank.R2>([B, T]),
        mask: tf.ones<tf.Rank.R2>([B, T]),
        terminated: column("terminated"),
        truncated: column("truncated"),
        policyVersion,
        extras: {},
      };
      return { rollout, episodes };
    },
    reset: () => {
      observations = undefined;
    },
  };
};
