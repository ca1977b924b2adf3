import { type Fuser, type TensorFunction, withFuser } from "@accord-rl/core";
import * as tf from "@tensorflow/tfjs-core";
import { createFusedFunction, type FusedFunction } from "./fused-function.ts";
import type { GraphNode } from "./graph.ts";
import { createGraphBuilder, disposeFeeds, type Feed, tensorsOf } from "./graph-builder.ts";
import { canFuse } from "./load-graph.ts";
import type { NativeBackend } from "./native-backend.ts";
import { registeredVariables, separateInputs, separateVariables } from "./own-data.ts";
import type { RangeCheck } from "./range-checks.ts";
import { unsupported } from "./unsupported.ts";
import { recordApart, watchBackend } from "./watch-backend.ts";

export interface Recording {
  readonly nodes: readonly GraphNode[];
  readonly feeds: readonly Feed[];
  /** Names of the placeholders, one for each feed. */
  readonly inputs: readonly string[];
  /** Names of the function's results, then of the new values of assigned variables. */
  readonly outputs: readonly string[];
  readonly assigned: readonly tf.Variable[];
  readonly checks: readonly RangeCheck[];
  /** What nodes call. */
  readonly functions: readonly FusedFunction[];
  /** False when the call created variables: its results count, and the next call is the one to record. */
  readonly isComplete: boolean;
}

type Results = ReturnType<TensorFunction>;
type GraphBuilder = ReturnType<typeof createGraphBuilder>;

const checkResults = (results: Results): void => {
  if (typeof (results as { then?: unknown } | null)?.then === "function") {
    throw unsupported("the function is async", "Compile a function that gives its tensors at once.");
  }
  const wrong = Object.entries(results ?? { results }).find(([, value]) => !(value instanceof tf.Tensor));
  if (wrong === undefined) return;
  throw unsupported(
    `the function's result ${wrong[0]} is no tensor`,
    "Return an object of tensors; numbers would stay what they are at the first call.",
  );
};

/** Runs `fn` as a part of what `outer` records, which becomes one operation there. */
const recordFused = (
  backend: NativeBackend,
  outer: GraphBuilder,
  fn: TensorFunction,
  inputs: readonly tf.Tensor[],
): Results => {
  const inner = createGraphBuilder(backend, []);
  inputs.forEach(inner.feedArgument);
  try {
    const results = recordApart(inner, () => withFuser(undefined, () => fn(...inputs)));
    checkResults(results);
    if (inner.checks.length > 0) {
      throw unsupported(
        `a fused function reads by indices (${inner.checks[0]!.op})`,
        "XLA would not notice one that is out of range: don't fuse it.",
      );
    }
    const outputs = Object.values(results);
    const fused = createFusedFunction(inner.nodes, inner.placeholders, outputs.map(inner.addOutput));
    outer.addFused(fused, tensorsOf(inner.feeds, inputs), inner.made(), outputs);
    return results;
  } finally {
    disposeFeeds(inner.feeds);
  }
};

/** A gradient around a function flows through its own operations, so that it can't be one. */
const fuserInto = (backend: NativeBackend, outer: GraphBuilder): Fuser | undefined =>
  canFuse(backend)
    ? (fn, inputs) => (tf.engine().isTapeOn() ? fn(...inputs) : recordFused(backend, outer, fn, inputs))
    : undefined;

/**
 * Runs `fn` once, eagerly, and records every operation that it executes as a node of a graph. Variables that it
 * assigned get their values back where the recording is complete.
 */
export const record = (
  backend: NativeBackend,
  fn: TensorFunction,
  givenInputs: readonly tf.Tensor[],
): { results: Results; recording: Recording } => {
  separateVariables(backend);
  const inputs = separateInputs(givenInputs);
  const before = new Map(registeredVariables().map((variable) => [variable, variable.dataId]));
  const values = new Map([...before.keys()].map((variable) => [variable, tf.clone<tf.Tensor>(variable)]));
  const builder = createGraphBuilder(backend, [...before.keys()]);
  inputs.forEach(builder.feedArgument);
  const dropCopies = (but: readonly tf.Tensor[] = []): void =>
    tf.dispose(inputs.filter((input, i) => input !== givenInputs[i] && !but.includes(input)));

  try {
    const { results, variables } = watchBackend(backend, builder, () => {
      const results = withFuser(fuserInto(backend, builder), () => fn(...inputs));
      checkResults(results);
      return { results, variables: registeredVariables() };
    });
    const isComplete = variables.every((variable) => before.has(variable));
    const assigned = variables.filter((variable) => {
      const dataId = before.get(variable);
      return dataId !== undefined && dataId !== variable.dataId;
    });
    const outputs = isComplete ? [...Object.values(results), ...assigned].map(builder.addOutput) : [];
    if (isComplete) for (const variable of assigned) variable.assign(values.get(variable)!);
    else disposeFeeds(builder.feeds);
    dropCopies(Object.values(results));
    const { nodes, feeds, placeholders, checks, functions } = builder;
    return {
      results,
      recording: { nodes, feeds, inputs: placeholders, outputs, assigned, checks, functions, isComplete },
    };
  } catch (error) {
    disposeFeeds(builder.feeds);
    dropCopies();
    throw error;
  } finally {
    tf.dispose([...values.values()]);
  }
};
