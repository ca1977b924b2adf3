import { type Disposable, InvalidArgumentError, type Parameters, type State } from "@accord-rl/core";
import type { Gradients } from "@accord-rl/math";
import type { Scalar, Tensor1D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import type { Optimizer, OptimizerFactory } from "./optimizer.ts";

/** An optimizer and what it changes. */
export interface Optimized {
  readonly parameters: Parameters;
  readonly optimizer: OptimizerFactory;
}

/** What the next update of each optimizer needs, [C] each. */
export type Coefficients = Readonly<Record<string, Tensor1D>>;

/** Optimizers of different parameters that step together. */
export interface OptimizerGroup extends Disposable {
  /** Of their parts of a state. */
  readonly names: readonly string[];
  /** Of the first one's next step. */
  readonly learningRate: number;
  /** The caller's to dispose of. */
  coefficients(): Coefficients;
  /**
   * One update as a function of tensors.
   *
   * @param gradients  of the parameters of all.
   * @param applies    bool; where it is false, nothing changes.
   */
  update(coefficients: Coefficients, gradients: Gradients, applies: Scalar): void;
  /** Counts an update that was made. */
  advance(): void;
  states(): Promise<Record<string, State>>;
  /** @throws InvalidArgumentError when states are not theirs. Nothing is changed, either way. */
  check(states: Readonly<Record<string, State>>): void;
  restore(states: Readonly<Record<string, State>>): void;
}

const pick = <T>(
  record: Readonly<Record<string, T>>,
  isWanted: (name: string) => boolean,
): Record<string, T> => Object.fromEntries(Object.entries(record).filter(([name]) => isWanted(name)));

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
    coefficients: () =>
      Object.fromEntries(
        Object.entries(live).map(([name, { traceable }]) => [name, tf.tensor1d(traceable.coefficients(1))]),
      ),
    update: (coefficients, gradients, applies) => {
      for (const [name, { traceable }] of Object.entries(live)) {
        const { parameters } = optimized[name]!;
        traceable.update(
          coefficients[name]!,
          pick(gradients, (name) => name in parameters),
          applies,
        );
      }
    },
    advance: () => {
      for (const { traceable } of Object.values(live)) traceable.advance(1);
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
