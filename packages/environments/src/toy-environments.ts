import type { Environment, Random, Stateful } from "@accord-rl/core";
import { createEnvironmentRandom, int32FromState } from "./environment-state.ts";

/**
 * Name the state you see: reward 1 where action = state, states drawn uniformly, shown one-hot.
 *
 * An episode is cut (truncated) after `episodeLength` steps, so a perfect one earns `episodeLength`.
 *
 * @param options.size           B, default 1.
 * @param options.actions        A = number of states, default 4.
 * @param options.episodeLength  default 100.
 * @see IdentityEnv of stable-baselines3, tests/test_identity.py: a first check of any algorithm.
 */
export const createIdentityEnvironment = ({
  size = 1,
  actions = 4,
  episodeLength = 100,
}: {
  size?: number;
  actions?: number;
  episodeLength?: number;
} = {}): Environment & Stateful => {
  const random = createEnvironmentRandom("identity");
  let states: Int32Array = new Int32Array(size);
  let elapsed = 0;
  const show = (): Float32Array => {
    const shown = new Float32Array(size * actions);
    states.forEach((state, row) => {
      shown[row * actions + state] = 1;
    });
    return shown;
  };
  const draw = (source: Random): Int32Array => states.map(() => source.integer(actions));
  return {
    name: "identity",
    size,
    actions,
    observationShape: [actions],
    reset: (source) => {
      random.start(source);
      elapsed = 0;
      states = draw(source);
      return show();
    },
    step: (chosen) => {
      const source = random.current();
      const rewards = Float32Array.from(states, (state, row) => Number(chosen[row] === state));
      elapsed += 1;
      const isCut = elapsed % episodeLength === 0;
      states = draw(source);
      const successors = show();
      if (isCut) states = draw(source);
      return {
        observations: show(),
        successors,
        rewards,
        terminated: new Float32Array(size),
        truncated: new Float32Array(size).fill(Number(isCut)),
      };
    },
    state: async () => ({
      tensors: {
        states: { dtype: "int32", shape: [size], data: states.slice() },
        elapsed: { dtype: "int32", shape: [], data: Int32Array.of(elapsed) },
      },
      json: random.state(),
    }),
    restore: (state) => {
      const restored = int32FromState(state, "identity", "states", [size]);
      const steps = int32FromState(state, "identity", "elapsed", []);
      random.restore(state.json);
      states = restored.slice();
      elapsed = steps[0]!;
    },
  };
};

/**
 * One choice among A actions with fixed rewards, then the episode ends. The observation is always [1].
 *
 * @param rewards  A numbers: the reward of each action.
 * @param options.size  B, default 1.
 */
export const createBanditEnvironment = (
  rewards: readonly number[],
  { size = 1 }: { size?: number } = {},
): Environment & Stateful => {
  const ones = (): Float32Array => new Float32Array(size).fill(1);
  return {
    name: "bandit",
    size,
    actions: rewards.length,
    observationShape: [1],
    reset: ones,
    step: (chosen) => ({
      observations: ones(),
      successors: ones(),
      rewards: Float32Array.from(chosen, (action) => rewards[action] ?? Number.NaN),
      terminated: ones(),
      truncated: new Float32Array(size),
    }),
    // Every step is an episode of its own: nothing to keep.
    state: async () => ({ tensors: {}, json: null }),
    restore: () => {},
  };
};
