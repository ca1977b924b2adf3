import {
  type Disposable,
  joinStates,
  type Parameters,
  type Random,
  type State,
  type Stateful,
  splitState,
} from "@accord-rl/core";
import { createOptimizerGroup, type Optimized, type OptimizerGroup } from "./optimizer-group.ts";
import { readCounters, undoOnError } from "./restore-learner.ts";

/** Everything that changes while a learner learns, and how it continues from a checkpoint. */
export interface LearnerState extends Stateful, Disposable {
  /** Counts the calls of `countUpdate`. */
  readonly updates: number;
  countUpdate(): void;
  readonly optimizers: OptimizerGroup;
}

const host = (json: State["json"]): State => ({ tensors: {}, json });

/** A random stream as a part of a state. */
export const randomPart = (random: Random): Stateful => ({
  state: async () => host(random.state()),
  restore: ({ json }) => random.restore(json),
});

/**
 * Joins optimizers, parts and the counter of updates into one state, which is restored as a whole or not at all.
 *
 * @param options.parts  by name, besides the optimizers; the last one is restored when nothing else can fail.
 */
export const createLearnerState = ({
  name,
  optimized,
  parts,
  parameters,
  random,
  counters = { updates: 0 },
}: {
  /** Of the algorithm. */
  readonly name: string;
  readonly optimized: Readonly<Record<string, Optimized>>;
  readonly parts: Readonly<Record<string, Stateful>>;
  /** All variables that the parts restore. */
  readonly parameters: Parameters;
  readonly random?: Random | undefined;
  /** Integers of 0 or more by name, which are saved, and written to when restored. Default: the updates alone. */
  readonly counters?: { updates: number };
}): LearnerState => {
  const optimizers = createOptimizerGroup(optimized);

  return {
    get updates() {
      return counters.updates;
    },
    optimizers,
    countUpdate: () => {
      counters.updates += 1;
    },
    state: async () => {
      const all: Record<string, State> = { [name]: host({ ...counters }), ...(await optimizers.states()) };
      for (const [part, stateful] of Object.entries(parts)) all[part] = await stateful.state();
      return joinStates(all);
    },
    restore: (state) => {
      const where = `${name}.restore`;
      const given = splitState(state, [name, ...optimizers.names, ...Object.keys(parts)], where);
      const restored = readCounters(given[name]!.json, Object.keys(counters), name);
      optimizers.check(given);
      undoOnError(
        parameters,
        () => {
          for (const [part, stateful] of Object.entries(parts)) stateful.restore(given[part]!);
        },
        random,
      );
      optimizers.restore(given);
      Object.assign(counters, restored);
    },
    dispose: optimizers.dispose,
  };
};
