import { type Disposable, InvalidArgumentError, type Parameters, type State } from "@accord-rl/core";
import type { Gradients, Optimizer, OptimizerFactory } from "@accord-rl/math";
import type { Scalar, Tensor1D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";

const pick = <T>(
  record: Readonly<Record<string, T>>,
  isWanted: (name: string) => boolean,
): Record<string, T> => Object.fromEntries(Object.entries(record).filter(([name]) => isWanted(name)));

/** What the next update of each optimizer needs, [C] each. */
export type Coefficients = Readonly<Record<string, Tensor1D>>;

/** One optimizer for all parameters, or one for the policy's and one for what the value function has alone. */
export interface Optimizers extends Disposable {
  coefficients(): Coefficients;
  /** One update as a function of tensors. @param applies  bool; where it is false, nothing changes. */
  update(coefficients: Coefficients, gradients: Gradients, applies: Scalar): void;
  /** Counts an update that was made. */
  advance(): void;
  /** Of the policy's next step. */
  readonly learningRate: number;
  /** By part: `optimizer`, and `valueOptimizer` where there is one. */
  states(): Promise<Record<string, State>>;
  /** The parts' names. */
  readonly names: readonly string[];
  /** @throws InvalidArgumentError when states are not theirs. Nothing is changed, either way. */
  check(states: Readonly<Record<string, State>>): void;
  restore(states: Readonly<Record<string, State>>): void;
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
  const restore = (made: ReturnType<typeof make>, states: Readonly<Record<string, State>>): void => {
    for (const { name, current } of made) current.restore(states[name]!);
  };

  const live = make();
  return {
    coefficients: () =>
      Object.fromEntries(
        live.map(({ name, current: { traceable } }) => [name, tf.tensor1d(traceable.coefficients(1))]),
      ),
    update: (coefficients, gradients, applies) => {
      for (const { name, current, isOwn } of live) {
        current.traceable.update(coefficients[name]!, pick(gradients, isOwn), applies);
      }
    },
    advance: () => {
      for (const { current } of live) current.traceable.advance(1);
    },
    get learningRate() {
      return live[0]!.current.learningRate;
    },
    names: Object.keys(parts),
    states: async () =>
      Object.fromEntries(
        await Promise.all(live.map(async ({ name, current }) => [name, await current.state()] as const)),
      ),
    check: (states) => {
      const fresh = make();
      try {
        restore(fresh, states);
      } finally {
        dispose(fresh);
      }
    },
    restore: (states) => restore(live, states),
    dispose: () => dispose(live),
  };
};
