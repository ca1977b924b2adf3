import { type Disposable, InvalidArgumentError, type Parameters, type State } from "@accord-rl/core";
import type { Gradients, Optimizer, OptimizerFactory } from "@accord-rl/math";

const pick = <T>(
  record: Readonly<Record<string, T>>,
  isWanted: (name: string) => boolean,
): Record<string, T> => Object.fromEntries(Object.entries(record).filter(([name]) => isWanted(name)));

/** One optimizer for all parameters, or one for the policy's and one for what the value function has alone. */
export interface Optimizers extends Disposable {
  apply(gradients: Gradients): void;
  /** Of the policy's next step. */
  readonly learningRate: number;
  /** By part: `optimizer`, and `valueOptimizer` where there is one. */
  states(): Promise<Record<string, State>>;
  /** The parts' names. */
  readonly names: readonly string[];
  /**
   * Checks states without changing anything.
   *
   * @returns what puts them into force, and what lets go of them.
   */
  prepareRestore(states: Readonly<Record<string, State>>): { commit(): void; discard(): void };
}

const requireOwn = (parameters: Parameters, where: string): Parameters => {
  if (Object.keys(parameters).length > 0) return parameters;
  throw new InvalidArgumentError({
    argument: "valueOptimizer",
    value: 0,
    message: `${where}: got a valueOptimizer, but the value function has no parameter that is not the policy's; leave it out`,
  });
};

export const createOptimizers = (
  parameters: Parameters,
  {
    optimizer,
    valueOptimizer,
  }: { optimizer: OptimizerFactory; valueOptimizer?: OptimizerFactory | undefined },
  where: string,
): Optimizers => {
  const isOfValues = (name: string): boolean => name.startsWith("values.");
  const parts = valueOptimizer
    ? {
        optimizer: { make: optimizer, isOwn: (name: string) => !isOfValues(name) },
        valueOptimizer: { make: valueOptimizer, isOwn: isOfValues },
      }
    : { optimizer: { make: optimizer, isOwn: () => true } };
  const make = (): { name: string; isOwn: (name: string) => boolean; current: Optimizer }[] =>
    Object.entries(parts).map(([name, { make, isOwn }]) => ({
      name,
      isOwn,
      current: make(requireOwn(pick(parameters, isOwn), where)),
    }));
  const dispose = (made: ReturnType<typeof make>): void => {
    for (const { current } of made) current.dispose();
  };

  let live = make();
  return {
    apply: (gradients) => {
      for (const { current, isOwn } of live) current.apply(pick(gradients, isOwn));
    },
    get learningRate() {
      return live[0]!.current.learningRate;
    },
    names: Object.keys(parts),
    states: async () =>
      Object.fromEntries(
        await Promise.all(live.map(async ({ name, current }) => [name, await current.state()] as const)),
      ),
    prepareRestore: (states) => {
      const fresh = make();
      try {
        for (const { name, current } of fresh) current.restore(states[name]!);
      } catch (error) {
        dispose(fresh);
        throw error;
      }
      return {
        commit: () => {
          dispose(live);
          live = fresh;
        },
        discard: () => dispose(fresh),
      };
    },
    dispose: () => dispose(live),
  };
};
