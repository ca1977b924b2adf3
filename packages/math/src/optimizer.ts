import {
  type Disposable,
  InvalidArgumentError,
  type Parameters,
  type State,
  type Stateful,
} from "@accord-rl/core";
import type { Scalar, Tensor, Variable } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { clipScale, type Gradients, globalNorm } from "./gradients.ts";
import { checkRestorable, makeTensor, readTensors } from "./parameters.ts";
import type { Schedule } from "./schedules.ts";

/** Changes parameters by their gradients. Owns its moments, not the parameters. */
export interface Optimizer extends Stateful, Disposable {
  /**
   * One update.
   *
   * @param gradients  one per parameter, by name; they stay the caller's.
   */
  apply(gradients: Gradients): void;
  /** Updates made so far. */
  readonly step: number;
  /** Of the next update. */
  readonly learningRate: number;
}

/** What every algorithm takes: it knows its parameters, the caller knows the optimizer. */
export type OptimizerFactory = (parameters: Parameters) => Optimizer;

export interface CommonOptimizerOptions {
  /** α: a number above 0, or one that changes with the updates made so far. */
  readonly learningRate: number | Schedule;
  /** Scales all gradients so that their global norm is at most this. Default: no clipping. */
  readonly maxGradientNorm?: number;
}

/** One parameter's slots, by name: "firstMoment", "secondMoment". */
export type Slots = Readonly<Record<string, Variable>>;

/** What differs between optimizers. */
export interface UpdateRule {
  readonly name: string;
  /** Names and first values of the slots that each parameter has. */
  readonly slots: Readonly<Record<string, number>>;
  /** The rule for one step; `step` counts from 1. Numbers that all parameters share are worked out once. */
  readonly update: (step: number, learningRate: number) => UpdateParameter;
}

/** Assigns the slots and gives the parameter's new value. */
export type UpdateParameter = (parameter: Variable, gradient: Tensor, slots: Slots, name: string) => Tensor;

const stateful = (parameters: Parameters, slots: Readonly<Record<string, number>>): Record<string, Slots> =>
  Object.fromEntries(
    Object.entries(parameters).map(([name, parameter]) => [
      name,
      Object.fromEntries(
        Object.entries(slots).map(([slot, value]) => [
          slot,
          tf.tidy(() => tf.variable(tf.fill(parameter.shape, value), false)),
        ]),
      ),
    ]),
  );

const checkNames = (where: string, parameters: Parameters, gradients: Gradients): void => {
  const missing = Object.keys(parameters).find((name) => !(name in gradients));
  const unknown = Object.keys(gradients).find((name) => !(name in parameters));
  if (missing === undefined && unknown === undefined) return;
  throw new InvalidArgumentError({
    argument: "gradients",
    value: Object.keys(gradients),
    message:
      missing === undefined
        ? `${where}.apply: got a gradient for ${unknown}, which this optimizer was not made for`
        : `${where}.apply: the gradient of ${missing} is missing, expected one per parameter`,
  });
};

const readStep = (where: string, { json }: State): number => {
  const saved = json as { optimizer?: unknown; step?: unknown } | null;
  if (saved?.optimizer === where && Number.isSafeInteger(saved.step) && (saved.step as number) >= 0) {
    return saved.step as number;
  }
  throw new InvalidArgumentError({
    argument: "state",
    value: json,
    message: `${where}.restore: got ${JSON.stringify(json)}, expected the state of an optimizer of the same kind`,
  });
};

/**
 * Makes an optimizer of a rule: steps, schedule, clipping and state are the same for all.
 *
 * Everything that depends on the step is worked out from the integer step in float64, never multiplied on from the
 * step before, so that a restored optimizer continues bit for bit.
 */
export const createOptimizer =
  (rule: UpdateRule, { learningRate, maxGradientNorm }: CommonOptimizerOptions): OptimizerFactory =>
  (parameters) => {
    const slots = stateful(parameters, rule.slots);
    const variables: Record<string, Variable> = Object.fromEntries(
      Object.entries(slots).flatMap(([name, own]) =>
        Object.entries(own).map(([slot, variable]) => [`${name}.${slot}`, variable]),
      ),
    );
    let step = 0;
    const rate = (): number => (typeof learningRate === "number" ? learningRate : learningRate(step));

    const apply = (gradients: Gradients): void => {
      checkNames(rule.name, parameters, gradients);
      tf.tidy(() => {
        const scale: Scalar | undefined =
          maxGradientNorm === undefined ? undefined : clipScale(globalNorm(gradients), maxGradientNorm);
        const update = rule.update(step + 1, rate());
        for (const [name, parameter] of Object.entries(parameters)) {
          tf.tidy(() => {
            const gradient = gradients[name] as Tensor;
            const clipped = scale === undefined ? gradient : tf.mul(gradient, scale);
            parameter.assign(update(parameter, clipped, slots[name] as Slots, name));
          });
        }
      });
      step += 1;
    };

    return {
      apply,
      get step() {
        return step;
      },
      get learningRate() {
        return rate();
      },
      state: async () => ({ tensors: await readTensors(variables), json: { optimizer: rule.name, step } }),
      restore: (state) => {
        const restored = readStep(rule.name, state);
        checkRestorable(variables, state.tensors, `${rule.name}.restore`);
        tf.tidy(() => {
          for (const [name, variable] of Object.entries(variables)) {
            const saved = state.tensors[name];
            if (saved !== undefined) variable.assign(makeTensor(saved));
          }
        });
        step = restored;
      },
      dispose: () => tf.dispose(variables),
    };
  };

/** Refuses options that no optimizer can use. */
export const checkOptions = (
  where: string,
  options: Readonly<Record<string, unknown>>,
  belowOne: readonly string[],
): void => {
  for (const [argument, value] of Object.entries(options)) {
    if (typeof value !== "number") continue;
    const upper = belowOne.includes(argument) ? 1 : Number.POSITIVE_INFINITY;
    const isPositive = argument === "maxGradientNorm";
    if ((isPositive ? value > 0 : value >= 0) && value < upper) continue;
    throw new InvalidArgumentError({
      argument,
      value,
      message: `${where}: ${argument} is ${value}, expected a number ${isPositive ? "above 0" : "of 0 or more"}${upper === 1 ? ", below 1" : ""}`,
    });
  }
};
