import type { Tensor } from "@tensorflow/tfjs-core";

/** A function of tensors that gives tensors by name. */
export type TensorFunction = (...inputs: Tensor[]) => Readonly<Record<string, Tensor>>;

/** What profiles and messages say of a compiled function. */
export interface CompileHints {
  /** Dotted, the package first: `ppo.gradients`. Default: the function's own name. */
  readonly name?: string;
  /** Names of the inputs, in order. Default: their numbers. */
  readonly inputNames?: readonly string[];
}

/**
 * Turns a function of tensors into a faster one with the same results: on native TensorFlow a whole step becomes
 * one graph call. Passed in, never imported by an algorithm.
 */
export type Compile = <F extends TensorFunction>(fn: F, hints?: CompileHints) => F;

/** What became of one compiled function. */
export interface CompiledFunctionStats {
  readonly name: string;
  /** How often it was recorded: once for each set of input shapes, and again where too many were there to be kept. */
  readonly traces: number;
  readonly calls: number;
  readonly tracingSeconds: number;
  /** Of the graphs, without the recording. */
  readonly runningSeconds: number;
  /** Types and shapes of the inputs of each graph that is kept. */
  readonly shapes: readonly string[];
}

/** A `Compile` together with what it made. */
export interface Compiler extends Compile {
  /** One entry for each function that was called, in the order of their making. */
  stats(): readonly CompiledFunctionStats[];
  /** Frees all graphs. A function that is called after it is recorded again. */
  dispose(): void;
}

/** The default: the function as it is. */
export const interpret: Compiler = Object.assign(<F extends TensorFunction>(fn: F): F => fn, {
  stats: () => [],
  dispose: () => {},
});
