import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AccordError, type Compile, interpret, type TensorFunction } from "@accord-rl/core";
import * as tf from "@tensorflow/tfjs-core";
import { encodeSavedModel } from "./graph.ts";
import { isNativeBackend, type NativeBackend } from "./native-backend.ts";
import { disposeFeeds, isTracing, type Recording, record, unsupported } from "./recorder.ts";

/** How many graphs one compiled function keeps, one for each set of input shapes. */
const graphsKept = 16;

interface LoadedGraph {
  readonly session: number;
  readonly recording: Recording;
  readonly names: readonly string[];
  readonly inputNames: string;
  readonly outputNames: string;
}

/** @throws AccordError where the folder for temporary files takes nothing. */
const writeGraph = (nodes: Recording["nodes"]): string => {
  let folder = "";
  try {
    folder = mkdtempSync(join(tmpdir(), "accord-graph-"));
    mkdirSync(join(folder, "variables"));
    writeFileSync(join(folder, "saved_model.pb"), encodeSavedModel(nodes));
    return folder;
  } catch (cause) {
    if (folder !== "") rmSync(folder, { recursive: true, force: true });
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new AccordError(
      `compile: a graph can't be written to ${tmpdir()} (${reason}): free space there, or set TMPDIR to another folder`,
      { cause },
    );
  }
};

const load = (backend: NativeBackend, recording: Recording, names: readonly string[]): LoadedGraph => {
  const folder = writeGraph(recording.nodes);
  try {
    const session = backend.binding.loadSavedModel(folder, "serve");
    const placeholders = recording.nodes.filter((node) => node.op === "Placeholder");
    return {
      session,
      recording,
      names,
      inputNames: placeholders.map((node) => `${node.name}:0`).join(","),
      outputNames: recording.outputs.map((name) => `${name}:0`).join(","),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

const release = (backend: NativeBackend, graph: LoadedGraph): void => {
  backend.binding.deleteSavedModel(graph.session);
  disposeFeeds(graph.recording.feeds);
};

const run = (
  backend: NativeBackend,
  graph: LoadedGraph,
  inputs: readonly tf.Tensor[],
): Record<string, tf.Tensor> => {
  const { feeds, assigned } = graph.recording;
  const fed = feeds.map((feed) => {
    if (feed.kind === "argument") return inputs[feed.index]!;
    if (feed.kind === "captured") return feed.tensor;
    if (!feed.variable.isDisposed) return feed.variable;
    throw unsupported(
      `the function uses the variable ${feed.variable.name}, which is disposed`,
      "Compile it again for the new variables.",
    );
  });
  const ids = backend.getInputTensorIds(fed);
  const outputs = backend.binding
    .runSavedModel(graph.session, ids, graph.inputNames, graph.outputNames)
    .map((metadata) => backend.createOutputTensor(metadata));
  assigned.forEach((variable, i) => {
    const value = outputs[graph.names.length + i]!;
    variable.assign(value);
    value.dispose();
  });
  return Object.fromEntries(graph.names.map((name, i) => [name, outputs[i]!]));
};

const compileOn =
  (backend: NativeBackend): Compile =>
  <F extends TensorFunction>(fn: F): F => {
    const graphs = new Map<string, LoadedGraph>();

    const call = (...inputs: tf.Tensor[]): Readonly<Record<string, tf.Tensor>> => {
      // A gradient around the call flows through the function's own operations, not through a graph.
      if (isTracing() || tf.engine().isTapeOn() || tf.backend() !== (backend as unknown))
        return fn(...inputs);
      const key = inputs.map((input) => `${input.dtype}[${input.shape}]`).join();
      const known = graphs.get(key);
      if (known !== undefined) {
        graphs.delete(key);
        graphs.set(key, known);
        return run(backend, known, inputs);
      }
      const firstOwnId = tf.tidy(() => tf.scalar(0).id);
      const { results, recording } = record(backend, fn, inputs);
      if (!recording.isComplete) return results;
      const graph = load(backend, recording, Object.keys(results));
      graphs.set(key, graph);
      const [oldest] = graphs;
      if (graphs.size > graphsKept && oldest !== undefined) {
        graphs.delete(oldest[0]);
        release(backend, oldest[1]);
      }
      // A graph rounds otherwise than its operations one by one. So the first call runs it too: what a call gives must
      // not depend on the calls before it, or a resumed run would end differently.
      // Arguments, variables and captured tensors that it gave back stay whose they are.
      tf.dispose(Object.values(results).filter(({ id }) => id >= firstOwnId));
      return run(backend, graph, inputs);
    };
    return call as F;
  };

/**
 * `compile` for the backend that runs now: on native TensorFlow a function is run once and recorded, and the whole of it
 * then runs as one graph call, the first time too; elsewhere the function stays as it is.
 *
 * Numbers of JavaScript (a learning rate, a step counter, the branch of an `if`) are frozen into the graph: pass what
 * changes as a tensor. Reading a tensor or drawing random numbers inside throws while recording. Variables are looked
 * up at each call, and assigned after it when the function assigns them. Inside a gradient that is computed around the
 * call the function runs as it is: compile the whole step, gradient included.
 */
export const createCompile = (): Compile => {
  const backend: unknown = tf.backend();
  return isNativeBackend(backend) ? compileOn(backend) : interpret;
};
