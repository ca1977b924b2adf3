import type { Disposable, Parameters, Stateful } from "@accord-rl/core";
import type { Gradients, Scalars } from "@accord-rl/math";
import type { Scalar } from "@tensorflow/tfjs-core";
import type { Schedule } from "./schedules.ts";

/**
 * Changes parameters by their gradients. Owns its slots (moments), not the parameters.
 *
 * One update is `update(gradients, numbers)` inside a compiled function that was given `numbers()`, then `advance()`:
 * everything that differs from update to update is in the numbers, so a recording of the function stays right.
 */
export interface Optimizer extends Stateful, Disposable {
  /** Updates made so far. */
  readonly step: number;
  /** Of the next update. */
  readonly learningRate: number;
  /** The numbers that an update needs. @param ahead  updates between now and that one. Default 0: the next. */
  numbers(ahead?: number): Readonly<Record<string, number>>;
  /**
   * One update as a function of tensors.
   *
   * @param gradients  one per parameter, by name; they stay the caller's.
   * @param numbers    those of `numbers()`.
   * @param applies    bool; where it is false, nothing changes. Default: true.
   */
  update(gradients: Gradients, numbers: Scalars, applies?: Scalar): void;
  /** Counts updates that were made. */
  advance(count?: number): void;
}

/** Every algorithm takes one: it knows its parameters, the caller knows the optimizer. */
export type OptimizerFactory = (parameters: Parameters) => Optimizer;

export interface CommonOptimizerOptions {
  /** α: a number of 0 or more, or one that changes with the updates made so far. */
  readonly learningRate: number | Schedule;
  /** Scales all gradients so that their global norm is at most this. Default: no clipping. */
  readonly maxGradientNorm?: number;
}
