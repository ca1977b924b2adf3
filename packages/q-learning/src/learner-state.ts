import {
  type Disposable,
  joinStates,
  type Parameters,
  type Random,
  type State,
  type Stateful,
  splitState,
} from "@accord-rl/core";
import {
  type Gradients,
  type Optimizer,
  type OptimizerFactory,
  readUpdates,
  undoOnError,
} from "@accord-rl/math";

/** One optimizer and what it changes. */
export interface Optimized {
  readonly parameters: Parameters;
  readonly optimizer: OptimizerFactory;
}

/** What a learner consists of, and how it continues from a checkpoint. */
export interface LearnerState extends Stateful, Disposable {
  /** Counts the calls of `countUpdate`. */
  readonly updates: number;
  countUpdate(): void;
  /** One step of every optimizer. */
  apply(gradients: Gradients): void;
  /** Of the first optimizer's next step. */
  readonly learningRate: number;
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
}: {
  /** Of the algorithm. */
  readonly name: string;
  readonly optimized: Readonly<Record<string, Optimized>>;
  readonly parts: Readonly<Record<string, Stateful>>;
  /** All variables that the parts restore. */
  readonly parameters: Parameters;
  readonly random?: Random | undefined;
}): LearnerState => {
  const make = (): Record<string, Optimizer> =>
    Object.fromEntries(
      Object.entries(optimized).map(([part, { optimizer, parameters: own }]) => [part, optimizer(own)]),
    );
  const free = (optimizers: Record<string, Optimizer>): void => {
    for (const optimizer of Object.values(optimizers)) optimizer.dispose();
  };
  let live = make();
  let updates = 0;

  return {
    get updates() {
      return updates;
    },
    get learningRate() {
      return Object.values(live)[0]!.learningRate;
    },
    countUpdate: () => {
      updates += 1;
    },
    apply: (gradients) => {
      for (const [part, optimizer] of Object.entries(live)) {
        const own = Object.keys(optimized[part]!.parameters).map((key) => [key, gradients[key]!] as const);
        optimizer.apply(Object.fromEntries(own));
      }
    },
    state: async () => {
      const all: Record<string, State> = { [name]: host({ updates }) };
      for (const [part, stateful] of Object.entries({ ...live, ...parts }))
        all[part] = await stateful.state();
      return joinStates(all);
    },
    restore: (state) => {
      const where = `${name}.restore`;
      const given = splitState(state, [name, ...Object.keys(optimized), ...Object.keys(parts)], where);
      const restored = readUpdates(given[name]!.json, name);
      const fresh = make();
      try {
        for (const [part, optimizer] of Object.entries(fresh)) optimizer.restore(given[part]!);
        undoOnError(
          parameters,
          () => {
            for (const [part, stateful] of Object.entries(parts)) stateful.restore(given[part]!);
          },
          random,
        );
      } catch (error) {
        free(fresh);
        throw error;
      }
      free(live);
      live = fresh;
      updates = restored;
    },
    dispose: () => free(live),
  };
};
