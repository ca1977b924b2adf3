import { type Disposable, InvalidArgumentError, type Parameters, type State } from "@accord-rl/core";
import type { Gradients, Scalars } from "@accord-rl/math";
import type { Scalar } from "@tensorflow/tfjs-core";
import type { Optimizer, OptimizerFactory } from "./optimizer.ts";

/** An optimizer and what it changes. */
export interface Optimized {
  readonly parameters: Parameters;
  readonly optimizer: OptimizerFactory;
}

/** Optimizers of different parameters that step together. */
export interface OptimizerGroup extends Disposable {
  /** Of their parts of a state. */
  readonly names: readonly string[];
  /** Of the first one's next step. */
  readonly learningRate: number;
  /** The numbers that an update of all needs, by optimizer and name. @param ahead  as an optimizer's. */
  numbers(ahead?: number): Readonly<Record<string, number>>;
  /**
   * One update as a function of tensors.
   *
   * @param gradients  of the parameters of all.
   * @param numbers    those of `numbers()`; others are passed over.
   * @param applies    bool; where it is false, nothing changes.
   */
  update(gradients: Gradients, numbers: Scalars, applies: Scalar): void;
  /** Counts updates that were made. Default: one. */
  advance(count?: number): void;
  states(): Promise<Record<string, State>>;
  /** @throws InvalidArgumentError when states are not theirs. Nothing is changed, either way. */
  check(states: Readonly<Record<string, State>>): void;
  restore(states: Readonly<Record<string, State>>): void;
}

const pick = <T>(
  record: Readonly<Record<string, T>>,
  isWanted: (name: string) => boolean,
): Record<string, T> => Object.fromEntries(Object.entries(record).filter(([name]) => isWanted(name)));

/** The entries whose names begin with a prefix, without it. */
const within = <T>(record: Readonly<Record<string, T>>, prefix: string): Record<string, T> =>
  Object.fromEntries(
    Object.entries(record).flatMap(([name, value]) =>
      name.startsWith(prefix) ? [[name.slice(prefix.length), value]] : [],
    ),
  );

const restoreAll = (
  optimizers: Readonly<Record<string, Optimizer>>,
  states: Readonly<Record<string, State>>,
): void => {
  for (const [name, optimizer] of Object.entries(optimizers)) optimizer.restore(states[name]!);
};

const disposeAll = (optimizers: Readonly<Record<string, Optimizer>>): void => {
  for (const optimizer of Object.values(optimizers)) optimizer.dispose();
};

/** @param optimized  by the names of their parts of a state; no parameter twice. */
export const createOptimizerGroup = (optimized: Readonly<Record<string, Optimized>>): OptimizerGroup => {
  const make = (): Record<string, Optimizer> =>
    Object.fromEntries(
      Object.entries(optimized).map(([name, { optimizer, parameters }]) => [name, optimizer(parameters)]),
    );
  const live = make();
  const first = Object.values(live)[0]!;
  return {
    names: Object.keys(optimized),
    get learningRate() {
      return first.learningRate;
    },
    numbers: (ahead) =>
      Object.fromEntries(
        Object.entries(live).flatMap(([name, optimizer]) =>
          Object.entries(optimizer.numbers(ahead)).map(([number, value]) => [`${name}.${number}`, value]),
        ),
      ),
    update: (gradients, numbers, applies) => {
      for (const [name, optimizer] of Object.entries(live)) {
        const { parameters } = optimized[name]!;
        const own = pick(gradients, (gradient) => gradient in parameters);
        optimizer.update(own, within(numbers, `${name}.`), applies);
      }
    },
    advance: (count) => {
      for (const optimizer of Object.values(live)) optimizer.advance(count);
    },
    states: async () =>
      Object.fromEntries(
        await Promise.all(
          Object.entries(live).map(async ([name, optimizer]) => [name, await optimizer.state()] as const),
        ),
      ),
    check: (states) => {
      const trial = make();
      try {
        restoreAll(trial, states);
      } finally {
        disposeAll(trial);
      }
    },
    restore: (states) => restoreAll(live, states),
    dispose: () => disposeAll(live),
  };
};

/**
 * One optimizer for all parameters, or one for those that the values have alone (`values.…`) and one for the rest.
 *
 * @throws InvalidArgumentError where the values have none of their own, and yet an optimizer.
 */
export const policyAndValueOptimizers = (
  parameters: Parameters,
  {
    optimizer,
    valueOptimizer,
  }: { readonly optimizer: OptimizerFactory; readonly valueOptimizer?: OptimizerFactory | undefined },
  where: string,
): Record<string, Optimized> => {
  if (valueOptimizer === undefined) return { optimizer: { parameters, optimizer } };
  const isOfValues = (name: string): boolean => name.startsWith("values.");
  const ofValues = pick(parameters, isOfValues);
  if (Object.keys(ofValues).length === 0) {
    throw new InvalidArgumentError({
      argument: "valueOptimizer",
      value: 0,
      message: `${where}: got a valueOptimizer, but the value function has no parameter that is not the policy's; leave it out`,
    });
  }
  return {
    optimizer: { parameters: pick(parameters, (name) => !isOfValues(name)), optimizer },
    valueOptimizer: { parameters: ofValues, optimizer: valueOptimizer },
  };
};
