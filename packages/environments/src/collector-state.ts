import {
  type Environment,
  InvalidArgumentError,
  type Json,
  joinStates,
  type Random,
  ShapeError,
  type State,
  type Stateful,
  splitState,
} from "@accord-rl/core";
import { createRunningEpisodes, type RunningEpisodes } from "./episodes.ts";

/** Where a collector stands: what its environments show now, and the episodes under way. */
export interface CollectorState extends Stateful {
  readonly episodes: RunningEpisodes;
  /** The current observations, from a start where there are none; until `put`, the next call starts anew. */
  take(): Float32Array;
  put(observations: Float32Array): void;
  reset(): void;
}

const where = "stepCollector.restore";

const requireStateful = (environment: Environment): Environment & Stateful => {
  if (environment.state && environment.restore) return environment as Environment & Stateful;
  throw new InvalidArgumentError({
    argument: "environment",
    value: environment.name,
    message: `stepCollector: ${environment.name} can't be saved, expected an environment with state() and restore()`,
  });
};

const readJson = (json: Json) => {
  const { starts, running = null } = (json ?? {}) as { starts?: unknown; running?: Json };
  if (Number.isSafeInteger(starts)) return { starts: starts as number, running };
  const message = `${where}: starts is ${String(starts)}, expected an integer`;
  throw new InvalidArgumentError({ argument: "state", value: json, message });
};

export const createCollectorState = (environment: Environment, random: Random): CollectorState => {
  const shape = [environment.size, ...environment.observationShape];
  let episodes = createRunningEpisodes(environment.size);
  let observations: Float32Array | undefined;
  let starts = 0;

  /** Observations and running episodes of a state; both undefined where the collector had not started. */
  const readProgress = ({ tensors }: State, running: Json) => {
    if (running === null) return {};
    const given = tensors.observations;
    if (!(given?.data instanceof Float32Array) || given.shape.join() !== shape.join()) {
      const actual = given?.shape ?? [];
      throw new ShapeError({ where, tensor: "observations", actual, expected: shape });
    }
    const restored = createRunningEpisodes(environment.size);
    restored.restore(running);
    return { observations: given.data.slice(), episodes: restored };
  };

  return {
    get episodes() {
      return episodes;
    },
    take: () => {
      const seen = observations;
      observations = undefined;
      if (seen) return seen;
      episodes = createRunningEpisodes(environment.size);
      starts += 1;
      // A fork depends on its label alone: without the count each start would be the same.
      return environment.reset(random.fork(`environment ${starts}`));
    },
    put: (seen) => {
      observations = seen;
    },
    reset: () => {
      observations = undefined;
    },
    state: async () => {
      const seen = observations?.slice();
      const json = { starts, running: seen ? episodes.state() : null };
      const tensors: State["tensors"] = seen ? { observations: { dtype: "float32", shape, data: seen } } : {};
      const host = random.state();
      const saved = await requireStateful(environment).state();
      return joinStates({
        collector: { tensors, json },
        environment: saved,
        random: { tensors: {}, json: host },
      });
    },
    restore: (state) => {
      const parts = splitState(state, ["collector", "environment", "random"], where);
      const { starts: restoredStarts, running } = readJson(parts.collector.json);
      const restored = readProgress(parts.collector, running);
      const before = random.state();
      random.restore(parts.random.json);
      try {
        requireStateful(environment).restore(parts.environment);
      } catch (error) {
        random.restore(before);
        throw error;
      }
      starts = restoredStarts;
      observations = restored.observations;
      if (restored.episodes) episodes = restored.episodes;
    },
  };
};
