import { InvalidArgumentError, type Json } from "@accord-rl/core";

/** One finished episode. */
export interface Episode {
  /** Σ rewards, undiscounted. */
  readonly reward: number;
  /** Steps. */
  readonly length: number;
}

/** The episodes under way in parallel environments. */
export interface RunningEpisodes {
  /** Counts one step of one environment. @returns its episode, where that ended. */
  count(row: number, reward: number, hasEnded: boolean): Episode | undefined;
  state(): Json;
  /** @throws InvalidArgumentError when the state is of another number of environments. */
  restore(state: Json | undefined): void;
}

const isRunning = (value: unknown): value is Episode => {
  const { reward, length } = (value ?? {}) as Partial<Record<keyof Episode, unknown>>;
  return Number.isFinite(reward) && Number.isSafeInteger(length);
};

/** @param size B. */
export const createRunningEpisodes = (size: number): RunningEpisodes => {
  const rewards = new Float64Array(size);
  const lengths = new Int32Array(size);
  return {
    count: (row, reward, hasEnded) => {
      rewards[row]! += reward;
      lengths[row]! += 1;
      if (!hasEnded) return undefined;
      const episode = { reward: rewards[row]!, length: lengths[row]! };
      rewards[row] = 0;
      lengths[row] = 0;
      return episode;
    },
    state: () => Array.from(rewards, (reward, row) => ({ reward, length: lengths[row]! })),
    restore: (state) => {
      if (!Array.isArray(state) || state.length !== size || !state.every(isRunning)) {
        throw new InvalidArgumentError({
          argument: "state",
          value: state,
          message: `episodes: the state's running episodes are not those of ${size} environments, expected a reward and a length for each`,
        });
      }
      state.forEach((episode, row) => {
        rewards[row] = episode.reward;
        lengths[row] = episode.length;
      });
    },
  };
};
