import type { GroupedRollout, Random } from "@accord-rl/core";
import * as tf from "@tensorflow/tfjs-core";
import { pick, type TabularObservations, type TabularPolicy } from "./tabular.ts";

/** A deterministic task with a fixed number of steps; it terminates at the last one. */
export interface TabularTask {
  /** T. */
  readonly steps: number;
  /** The first state; default 0. */
  readonly start?: number;
  readonly next: (state: number, action: number) => number;
  readonly reward: (state: number, action: number) => number;
}

/** One decision, in state 0. @param rewards A: one per action. */
export const bandit = (rewards: readonly number[]): TabularTask => ({
  steps: 1,
  next: () => 0,
  reward: (_state, action) => rewards[action] as number,
});

/** Reward 1 where action = state; visits the four states in turn. As stable-baselines3's IdentityEnv. */
export const identity: TabularTask = {
  steps: 20,
  next: (state) => (state + 1) % 4,
  reward: (state, action) => Number(state === action),
};

export interface TabularRolloutOptions {
  readonly policy: TabularPolicy;
  readonly task: TabularTask;
  /** B. */
  readonly size: number;
  /** Sequences that share a prompt's number; default: all. */
  readonly groupSize?: number;
  /**
   * Without it, sequences are not drawn but spread evenly: each occurs as often as its probability says, up to
   * rounding. Then a learning test has next to no noise.
   */
  readonly random?: Random;
}

/** Lets a tabular policy act. The caller owns the rollout (`disposeRollout`). */
export const createTabularRollout = async ({
  policy,
  task,
  size,
  groupSize = size,
  random,
}: TabularRolloutOptions): Promise<GroupedRollout<TabularObservations>> => {
  const { steps, start = 0, next, reward } = task;
  const shares = await policy.probabilities();
  const rows = Array.from({ length: size }, (_, row) => {
    let state = start;
    let rest = (row + 0.5) / size;
    return Array.from({ length: steps }, () => {
      const picked = pick(shares[state] as number[], random === undefined ? rest : random.uniform());
      rest = picked.rest;
      const step = {
        state,
        action: picked.index,
        reward: reward(state, picked.index),
        next: next(state, picked.index),
      };
      state = step.next;
      return step;
    });
  });
  const shape: [number, number] = [size, steps];
  const column = (read: (step: { state: number; action: number; reward: number; next: number }) => number) =>
    rows.flatMap((row) => row.map(read));
  const observations = {
    states: tf.tensor2d(
      column(({ state }) => state),
      shape,
      "int32",
    ),
    nextStates: tf.tensor2d(
      column((step) => step.next),
      shape,
      "int32",
    ),
  };
  const actions = tf.tensor2d(
    column(({ action }) => action),
    shape,
    "int32",
  );
  return {
    observations,
    actions,
    behaviourLogProbs: policy.evaluate({ observations, actions }).logProbs,
    rewards: tf.tensor2d(
      column((step) => step.reward),
      shape,
    ),
    valid: tf.ones(shape),
    mask: tf.ones(shape),
    terminated: tf.tensor2d(
      rows.flatMap((row) => row.map((_, t) => (t === steps - 1 ? 1 : 0))),
      shape,
    ),
    truncated: tf.zeros(shape),
    groups: Int32Array.from({ length: size }, (_, row) => Math.floor(row / groupSize)),
    policyVersion: 0,
    extras: {},
  };
};
