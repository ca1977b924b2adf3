import {
  type CompileHints,
  type Compiler,
  interpret,
  requireCount,
  type TensorFunction,
} from "@accord-rl/core";
import * as tf from "@tensorflow/tfjs-core";
import { type CompiledCall, compileFunction } from "./compiled-function.ts";
import { isNativeBackend, type NativeBackend } from "./native-backend.ts";
import type { XlaChoice } from "./xla-choice.ts";

/** How functions are compiled, all of them. */
export interface CompilerOptions {
  /**
   * What runs a function: a graph (false), XLA (true), or the faster of both ("auto": its choice, and so the last
   * digits of the results, may differ from run to run). A function chooses by the function's name. XLA compiles for
   * seconds, for each set of shapes, and needs our own addon (`npx accord-native install`). Default false.
   */
  readonly xla?: XlaChoice | ((name: string) => XlaChoice);
  /** Graphs that one function keeps, for one set of shapes each; `onWarning` is told of more. Default 16. */
  readonly retraceLimit?: number;
  /** Default: process.emitWarning. */
  readonly onWarning?: (message: string) => void;
  /** Told of each call, for profiles. */
  readonly onCall?: ((call: CompiledCall) => void) | undefined;
}

/** How one function is compiled. */
export interface CompileOptions extends CompileHints, Pick<CompilerOptions, "retraceLimit"> {
  readonly xla?: XlaChoice;
}

/** `Compiler` with options for single functions. */
export interface NativeCompiler extends Compiler {
  <F extends TensorFunction>(fn: F, options?: CompileOptions): F;
}

const graphsKept = 16;

const compileOn = (backend: NativeBackend, options: CompilerOptions): NativeCompiler => {
  const {
    xla: xlaFor = false,
    retraceLimit: commonLimit = graphsKept,
    onWarning = (message) => process.emitWarning(message, "AccordWarning"),
    onCall,
  } = options;
  requireCount("compile", "retraceLimit", commonLimit);
  const functions: ReturnType<typeof compileFunction>[] = [];
  const compile = <F extends TensorFunction>(
    fn: F,
    { xla, retraceLimit = commonLimit, ...hints }: CompileOptions = {},
  ): F => {
    requireCount("compile", "retraceLimit", retraceLimit);
    const chosen = xla ?? (typeof xlaFor === "function" ? xlaFor(hints.name ?? fn.name) : xlaFor);
    const compiled = compileFunction(backend, fn, { ...hints, xla: chosen, retraceLimit, onWarning, onCall });
    functions.push(compiled);
    return compiled.call as F;
  };
  return Object.assign(compile, {
    stats: () => functions.map(({ stats }) => stats()).filter(({ calls }) => calls > 0),
    dispose: () => {
      for (const { dispose } of functions) dispose();
    },
  });
};

/**
 * `compile` for the backend that runs now: on native TensorFlow a function is run once and recorded, and the whole of it
 * then runs as one graph call, the first time too; elsewhere the function stays as it is.
 *
 * Numbers of JavaScript (a learning rate, a step counter, the branch of an `if`) are frozen into the graph: pass what
 * changes as a tensor. Reading a tensor or drawing random numbers inside throws while recording. Variables are looked
 * up at each call, and assigned after it when the function assigns them. Inside a gradient that is computed around the
 * call the function runs as it is: compile the whole step, gradient included.
 *
 * Graphs live until `dispose`.
 */
export const createCompile = (options: CompilerOptions = {}): NativeCompiler => {
  const backend: unknown = tf.backend();
  return isNativeBackend(backend) ? compileOn(backend, options) : interpret;
};
