import {
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
import { type OptimizerGroup, readUpdates, undoOnError } from "@accord-rl/math";

/** Everything that changes during a run, and the counter of updates. */
export const createLearnerState = <Obs extends Observations>({
  name,
  policy,
  values,
  parameters,
  optimizers,
  regularizer,
  random,
}: {
  /** Of the algorithm. */
  readonly name: string;
  readonly policy: Policy<Obs>;
  readonly values?: ValueFunction<Obs> | undefined;
  /** Of both. */
  readonly parameters: Parameters;
  readonly optimizers: OptimizerGroup;
  readonly regularizer?: KlRegularizer<Obs> | undefined;
  readonly random?: Random | undefined;
}): Stateful & { readonly updates: number; countUpdate(): void } => {
  const host = (json: State["json"]): State => ({ tensors: {}, json });
  const optional = { values, random, regularizer };
  const names = [
    "policy",
    name,
    ...Object.keys(optional).filter((part) => optional[part as keyof typeof optional]),
  ];
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
        ...(values && { values: await values.state() }),
        ...(await optimizers.states()),
        ...(regularizer && { regularizer: await regularizer.state() }),
        ...(random && { random: host(random.state()) }),
        [name]: host({ updates }),
      }),
    restore: (state) => {
      const parts = splitState(state, [...names, ...optimizers.names], `${name}.restore`);
      const restored = readUpdates(parts[name]!.json, name);
      optimizers.check(parts);
      undoOnError(
        parameters,
        () => {
          policy.restore(parts.policy!);
          values?.restore(parts.values!);
          random?.restore(parts.random!.json);
          regularizer?.restore(parts.regularizer!);
        },
        random,
      );
      optimizers.restore(parts);
      updates = restored;
    },
  };
};
