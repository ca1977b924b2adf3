import {
  type Actor,
  type ControlObservations,
  type Random,
  type Rollout,
  requireCount,
  type Stateful,
} from "@accord-rl/core";

import * as tf from "@tensorflow/tfjs-core";
import { createActing, requireFiniteRewards } from "./acting.ts";
import { createCollectorState } from "./collector-state.ts";
import type { Episode } from "./episodes.ts";
import { type LooseEnvironment, readEnvironment } from "./loose-environment.ts";

export interface StepCollector extends Stateful {
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

const columns = ["logProbs", "rewards", "terminated", "truncated"] as const;
type Columns = Record<(typeof columns)[number], Float32Array>;

/**
 * Collects fixed-length rollouts from parallel environments, which reset by themselves.
 *
 * Keeps the current observations between calls. `observations.next` holds the true successors, so that a step cut by a
 * time limit can be bootstrapped. Its state holds the environments', so a run continues in mid-episode bit for bit.
 *
 * @param options.actor   memoryless; usually the policy itself.
 * @param options.random  the collector's own; the environments get forks of it.
 */
export const createStepCollector = (options: {
  readonly actor: Actor;
  readonly environment: LooseEnvironment;
  readonly random: Random;
}): StepCollector => {
  const { actor, random } = options;
  const environment = readEnvironment(options.environment);
  const { size: B, observationShape } = environment;
  const width = observationShape.reduce((product, length) => product * length, 1);
  const act = createActing(actor, environment);
  const progress = createCollectorState(environment, random);

  const collect: StepCollector["collect"] = async (T, { policyVersion = 0 } = {}) => {
    requireCount("collect", "steps", T);
    let seen = progress.take();
    const current = new Float32Array(B * T * width);
    const next = new Float32Array(B * T * width);
    const chosen = new Int32Array(B * T);
    const table = Object.fromEntries(columns.map((name) => [name, new Float32Array(B * T)])) as Columns;
    const episodes: Episode[] = [];
    for (let t = 0; t < T; t++) {
      const acted = act(seen, random);
      const { actions, logProbs } = acted instanceof Promise ? await acted : acted;
      const { observations, successors, rewards, terminated, truncated } = environment.step(actions);
      requireFiniteRewards(rewards, environment, t);
      for (let row = 0; row < B; row++) {
        const cell = row * T + t;
        for (let i = 0; i < width; i++) {
          current[cell * width + i] = seen[row * width + i]!;
          next[cell * width + i] = successors[row * width + i]!;
        }
        chosen[cell] = actions[row]!;
        table.logProbs[cell] = logProbs[row]!;
        table.rewards[cell] = rewards[row]!;
        table.terminated[cell] = terminated[row]!;
        table.truncated[cell] = truncated[row]!;
        const hasEnded = terminated[row] === 1 || truncated[row] === 1;
        const episode = progress.episodes.count(row, rewards[row]!, hasEnded);
        if (episode) episodes.push(episode);
      }
      seen = observations;
    }
    progress.put(seen);
    const column = (name: (typeof columns)[number]): tf.Tensor2D => tf.tensor2d(table[name], [B, T]);
    const rollout: Rollout<ControlObservations> = {
      observations: {
        current: tf.tensor(current, [B, T, ...observationShape]), // [B, T, …]
        next: tf.tensor(next, [B, T, ...observationShape]), // [B, T, …]
      },
      actions: tf.tensor2d(chosen, [B, T], "int32"),
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
  };
  return { collect, reset: progress.reset, state: progress.state, restore: progress.restore };
};
