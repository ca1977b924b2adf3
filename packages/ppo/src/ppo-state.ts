import {
  InvalidArgumentError,
  joinStates,
  type KlRegularizer,
  type Observations,
  type Parameters,
  type Policy,
  type Random,
  type State,
  type Stateful,
  splitState,
  type ValueFunction,
} from "@accord-rl/core";
import * as tf from "@tensorflow/tfjs-core";
import type { PpoOptimizers } from "./ppo-optimizers.ts";

/** Runs a function; where it throws, the parameters get their values back. */
const undoOnError = (parameters: Parameters, fn: () => void): void => {
  const before = Object.values(parameters).map((variable) => tf.clone(variable));
  try {
    fn();
  } catch (error) {
    Object.values(parameters).forEach((variable, i) => {
      variable.assign(before[i]!);
    });
    throw error;
  } finally {
    tf.dispose(before);
  }
};

const readUpdates = (json: State["json"]): number => {
  const updates = (json as { updates?: unknown } | null)?.updates;
  if (Number.isSafeInteger(updates) && (updates as number) >= 0) return updates as number;
  throw new InvalidArgumentError({
    argument: "state",
    value: json,
    message: `ppo.restore: updates is ${String(updates)}, expected an integer of 0 or more`,
  });
};

/** Everything that changes during a run, and the counter of updates. */
export const createPpoState = <Obs extends Observations>({
  policy,
  values,
  parameters,
  optimizers,
  regularizer,
  random,
}: {
  readonly policy: Policy<Obs>;
  readonly values: ValueFunction<Obs>;
  /** Of both. */
  readonly parameters: Parameters;
  readonly optimizers: PpoOptimizers;
  readonly regularizer?: KlRegularizer<Obs> | undefined;
  readonly random: Random;
}): Stateful & { readonly updates: number; countUpdate(): void } => {
  const host = (json: State["json"]): State => ({ tensors: {}, json });
  const names = ["policy", "values", "random", "ppo", ...(regularizer ? ["regularizer"] : [])];
  let updates = 0;
  return {
    get updates() {
      return updates;
    },
    countUpdate: () => {
      updates += 1;
    },
    state: async () =>
      joinStates({
        policy: await policy.state(),
        values: await values.state(),
        ...(await optimizers.states()),
        ...(regularizer && { regularizer: await regularizer.state() }),
        random: host(random.state()),
        ppo: host({ updates }),
      }),
    restore: (state) => {
      const parts = splitState(state, [...names, ...optimizers.names], "ppo.restore");
      const restored = readUpdates(parts.ppo!.json);
      const randomBefore = random.state();
      const prepared = optimizers.prepareRestore(parts);
      try {
        undoOnError(parameters, () => {
          policy.restore(parts.policy!);
          values.restore(parts.values!);
          random.restore(parts.random!.json);
          regularizer?.restore(parts.regularizer!);
        });
      } catch (error) {
        random.restore(randomBefore);
        prepared.discard();
        throw error;
      }
      prepared.commit();
      updates = restored;
    },
  };
};
