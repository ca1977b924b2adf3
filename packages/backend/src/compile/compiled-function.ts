import type { CompiledFunctionStats, CompileHints, TensorFunction } from "@accord-rl/core";
import * as tf from "@tensorflow/tfjs-core";
import type { NativeBackend } from "./native-backend.ts";
import { loadRecording, type RecordedGraph } from "./recorded-graph.ts";
import { record } from "./recorder.ts";
import { describeRetraces } from "./retraces.ts";
import { unsupported } from "./unsupported.ts";
import { isTracing } from "./watch-backend.ts";
import type { XlaChoice } from "./xla-choice.ts";

/** One call, for profiles. Times are those of `performance.now()`, in milliseconds. */
export interface CompiledCall {
  readonly name: string;
  /** The first call with new shapes is recorded, and then run. */
  readonly kind: "trace" | "run";
  readonly startMs: number;
  readonly durationMs: number;
}

export interface FunctionSettings extends CompileHints {
  readonly xla: XlaChoice;
  readonly retraceLimit: number;
  readonly onWarning: (message: string) => void;
  readonly onCall: ((call: CompiledCall) => void) | undefined;
}

/** A graph with the shapes that it is for. */
interface Entry extends RecordedGraph {
  readonly key: string;
  readonly inputs: readonly { readonly dtype: string; readonly shape: readonly number[] }[];
}

const fits = ({ inputs }: Entry, given: readonly tf.Tensor[]): boolean =>
  inputs.length === given.length &&
  inputs.every(({ dtype, shape }, i) => {
    const tensor = given[i]!;
    if (tensor.dtype !== dtype || tensor.shape.length !== shape.length) return false;
    for (let axis = 0; axis < shape.length; axis++) if (tensor.shape[axis] !== shape[axis]) return false;
    return true;
  });

const signatureOf = (inputs: readonly tf.Tensor[]): string[] =>
  inputs.map((input, i) => {
    if (input instanceof tf.Tensor) return `${input.dtype}[${input.shape}]`;
    throw unsupported(
      `input number ${i + 1} is no tensor`,
      "Pass what changes from call to call as tensors (tf.scalar for a number).",
    );
  });

/** One function on native TensorFlow, with the graphs that were recorded of it. */
export const compileFunction = (backend: NativeBackend, fn: TensorFunction, settings: FunctionSettings) => {
  const { retraceLimit, onWarning, onCall, inputNames, xla } = settings;
  const name = settings.name ?? (fn.name || "function");
  /** The graph that was used last is the last one. */
  const graphs = new Map<string, Entry>();
  const signatures: string[][] = [];
  let latest: Entry | undefined;
  let [calls, tracingMs, runningMs, hasWarned] = [0, 0, 0, false];

  const timed = <Result>(kind: CompiledCall["kind"], action: () => Result): Result => {
    const startMs = performance.now();
    const result = action();
    const durationMs = performance.now() - startMs;
    if (kind === "trace") tracingMs += durationMs;
    else runningMs += durationMs;
    onCall?.({ name, kind, startMs, durationMs });
    return result;
  };

  const find = (inputs: readonly tf.Tensor[]): Entry | undefined => {
    if (latest !== undefined && fits(latest, inputs)) return latest;
    const key = signatureOf(inputs).join();
    const known = graphs.get(key);
    if (known === undefined) return undefined;
    graphs.delete(key);
    graphs.set(key, known);
    return known;
  };

  const warnOfRetraces = (): void => {
    if (hasWarned || signatures.length <= retraceLimit) return;
    hasWarned = true;
    onWarning(describeRetraces(name, signatures, inputNames));
  };

  /** The graph, or none and the results of a call that made variables. */
  const trace = (
    inputs: readonly tf.Tensor[],
  ): { readonly entry?: Entry; readonly results: ReturnType<TensorFunction> } => {
    const signature = signatureOf(inputs);
    const firstOwnId = tf.tidy(() => tf.scalar(0).id);
    const { results, recording } = record(backend, fn, inputs);
    if (!recording.isComplete) return { results };
    const graph = loadRecording(backend, name, recording, { resultNames: Object.keys(results), xla });
    const shapes = inputs.map(({ dtype, shape }) => ({ dtype, shape: [...shape] }));
    const entry: Entry = { ...graph, key: signature.join(), inputs: shapes };
    graphs.set(entry.key, entry);
    signatures.push(signature);
    const [oldest] = graphs.values();
    if (graphs.size > retraceLimit && oldest !== undefined) {
      graphs.delete(oldest.key);
      oldest.release();
    }
    // A graph rounds otherwise than its operations one by one. So the first call runs it too: what a call gives must
    // not depend on the calls before it, or a resumed run would end differently.
    // Arguments, variables and captured tensors that it gave back stay whose they are.
    tf.dispose(Object.values(results).filter(({ id }) => id >= firstOwnId));
    return { entry, results };
  };

  const call: TensorFunction = (...inputs) => {
    // A gradient around the call flows through the function's own operations, not through a graph.
    if (isTracing() || tf.engine().isTapeOn() || tf.backend() !== (backend as unknown)) return fn(...inputs);
    calls += 1;
    let entry = find(inputs);
    if (entry === undefined) {
      const traced = timed("trace", () => trace(inputs));
      if (traced.entry === undefined) return traced.results;
      entry = traced.entry;
      warnOfRetraces();
    }
    latest = entry;
    const { run } = entry;
    return timed("run", () => run(inputs));
  };

  return {
    call,
    stats: (): CompiledFunctionStats => ({
      name,
      traces: signatures.length,
      calls,
      tracingSeconds: tracingMs / 1000,
      runningSeconds: runningMs / 1000,
      shapes: [...graphs.keys()],
    }),
    dispose: (): void => {
      for (const graph of graphs.values()) graph.release();
      graphs.clear();
      latest = undefined;
    },
  };
};
