import type { Compile, Disposable, Parameters, Stateful } from "@accord-rl/core";
import type { Gradients } from "@accord-rl/math";
import type { Scalar, Tensor, Tensor1D, Variable } from "@tensorflow/tfjs-core";
import type { Schedule } from "./schedules.ts";

/** Changes parameters by their gradients. Owns its moments, not the parameters. */
export interface Optimizer extends Stateful, Disposable {
  /**
   * One update, whatever the gradients are: `createGradientLearner` and `createOptimizerStep` take only finite ones.
   *
   * @param gradients  one per parameter, by name; they stay the caller's.
   */
  apply(gradients: Gradients): void;
  /** The same update in parts, for a step that is compiled together with its gradients. */
  readonly traceable: TraceableUpdate;
  /** Updates made so far. */
  readonly step: number;
  /** Of the next update. */
  readonly learningRate: number;
}

/** An update whose numbers come from outside, so that a recording of it stays right. */
export interface TraceableUpdate {
  /** C: how many numbers an update needs. */
  readonly size: number;
  /** What the next `count` updates need; counts nothing. @returns [count × C]. */
  coefficients(count: number): Float32Array;
  /**
   * One update as a function of tensors, called inside the function that is compiled.
   *
   * @param coefficients  [C].
   * @param applies       bool; where it is false, nothing changes. Default: true.
   */
  update(coefficients: Tensor1D, gradients: Gradients, applies?: Scalar): void;
  /** Counts updates that were made so. */
  advance(count: number): void;
}

/** What every algorithm takes: it knows its parameters, the caller knows the optimizer. */
export type OptimizerFactory = (parameters: Parameters) => Optimizer;

export interface CommonOptimizerOptions {
  /** α: a number above 0, or one that changes with the updates made so far. */
  readonly learningRate: number | Schedule;
  /** Scales all gradients so that their global norm is at most this. Default: no clipping. */
  readonly maxGradientNorm?: number;
  /** Makes one call of the whole update; never call `apply` inside a function that is itself compiled. Default: `interpret`. */
  readonly compile?: Compile;
}

/** What differs between optimizers. */
export interface UpdateRule {
  readonly name: string;
  /** Names and first values of the tensors that belong to each parameter. */
  readonly slots: Readonly<Record<string, number>>;
  /** What the update of a parameter depends on by its name. Parameters of one kind may be updated as one vector. */
  readonly kind?: (parameterName: string) => string;
  /** All numbers that the update needs; `step` counts from 1. They reach it as scalars, made once for all parameters. */
  readonly coefficients: (step: number, learningRate: number) => Readonly<Record<string, number>>;
  /** A pure function: the new values. */
  readonly update: (context: UpdateContext) => Updated;
}

/** New values of a parameter and of its slots. */
export interface Updated {
  readonly parameter: Tensor;
  readonly slots: Readonly<Record<string, Tensor>>;
}

export interface UpdateContext {
  /** Of the parameter, or of one of several of the same kind that come as one vector. */
  readonly name: string;
  readonly parameter: Tensor;
  readonly gradient: Tensor;
  readonly slots: Readonly<Record<string, Tensor>>;
  readonly coefficients: Readonly<Record<string, Tensor>>;
}

/** Slots of what is updated together, by name. */
export type Slots = Readonly<Record<string, Variable>>;
