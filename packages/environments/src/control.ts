import {
  type Environment,
  InvalidArgumentError,
  type Random,
  requireCount,
  type Stateful,
} from "@accord-rl/core";

import {
  createEnvironmentRandom,
  doublesFromState,
  doublesToState,
  int32FromState,
} from "./environment-state.ts";

export interface ControlOptions {
  /** B, default 1. */
  readonly size?: number;
  /** Steps after which an episode is cut (truncated). */
  readonly timeLimit?: number;
}

/** What is particular to one task; `at` is where an environment's numbers begin. */
export interface Dynamics {
  readonly name: string;
  /** Numbers that describe one environment. */
  readonly width: number;
  /** Numbers that an actor sees of it. */
  readonly observationWidth: number;
  readonly actions: number;
  /** Steps; default for `timeLimit`. */
  readonly timeLimit: number;
  /** Reward of a step, and of one that terminates. */
  readonly rewards: { readonly step: number; readonly last: number };
  start(states: Float64Array, at: number, random: Random): void;
  /** Moves one environment on, in place. @returns whether it terminated. */
  advance(states: Float64Array, at: number, action: number): boolean;
  show(states: Float64Array, at: number, observations: Float32Array, to: number): void;
}

/**
 * Parallel environments of one task. States are float64, as in Gymnasium; observations are float32.
 *
 * A step that terminates on the time limit counts as terminated only.
 */
export const createControl = (dynamics: Dynamics, options: ControlOptions = {}): Environment & Stateful => {
  const { name, width: S, observationWidth: O, actions: A, rewards: pay, start, advance, show } = dynamics;
  const { size: B = 1, timeLimit = dynamics.timeLimit } = options;
  requireCount(name, "size", B);
  requireCount(name, "timeLimit", timeLimit);
  const random = createEnvironmentRandom(name);
  const states = new Float64Array(B * S);
  const elapsed = new Int32Array(B);

  const startRow = (row: number, source: Random, observations: Float32Array): void => {
    elapsed[row] = 0;
    start(states, row * S, source);
    show(states, row * S, observations, row * O);
  };

  const requireActions = (chosen: Int32Array): void => {
    for (let row = 0; row < B; row++) {
      const action = chosen[row];
      if (action !== undefined && action >= 0 && action < A) continue;
      const message = `${name}: the action of environment ${row} is ${action}, expected 0 to ${A - 1}`;
      throw new InvalidArgumentError({ argument: "actions", value: action, message });
    }
  };

  return {
    name,
    size: B,
    actions: A,
    observationShape: [O],
    reset: (source) => {
      random.start(source);
      const observations = new Float32Array(B * O);
      for (let row = 0; row < B; row++) startRow(row, source, observations);
      return observations;
    },
    step: (chosen) => {
      const source = random.current();
      requireActions(chosen);
      const successors = new Float32Array(B * O);
      const rewards = new Float32Array(B);
      const terminated = new Float32Array(B);
      const truncated = new Float32Array(B);
      let observations = successors;
      for (let row = 0; row < B; row++) {
        const isOver = advance(states, row * S, chosen[row]!);
        show(states, row * S, successors, row * O);
        elapsed[row]! += 1;
        rewards[row] = isOver ? pay.last : pay.step;
        if (isOver) terminated[row] = 1;
        else if (elapsed[row]! >= timeLimit) truncated[row] = 1;
      }
      for (let row = 0; row < B; row++) {
        if (terminated[row] === 0 && truncated[row] === 0) continue;
        if (observations === successors) observations = successors.slice();
        startRow(row, source, observations);
      }
      return { observations, successors, rewards, terminated, truncated };
    },
    state: async () => ({
      tensors: {
        states: doublesToState(states),
        elapsed: { dtype: "int32", shape: [B], data: elapsed.slice() },
      },
      json: random.state(),
    }),
    restore: (state) => {
      const restored = doublesFromState(state, name, "states", B * S);
      const steps = int32FromState(state, name, "elapsed", [B]);
      random.restore(state.json);
      states.set(restored);
      elapsed.set(steps);
    },
  };
};

/** Fills numbers with draws that are uniform from `low` to `high`. */
export const drawUniform = (
  numbers: Float64Array,
  [from, to]: readonly [number, number],
  { low, high, random }: { readonly low: number; readonly high: number; readonly random: Random },
): void => {
  for (let i = from; i < to; i++) numbers[i] = low + (high - low) * random.uniform();
};
