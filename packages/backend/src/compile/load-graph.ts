import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AccordError } from "@accord-rl/core";
import { type EagerAttribute, isFunctionBinding, type TensorMetadata } from "../native/accord-binding.ts";
import { type FusedFunction, holdFunctions, releaseFunctions } from "./fused-function.ts";
import { encodeGraph, encodeSavedModel, firstOutputs, type GraphNode } from "./graph.ts";
import type { NativeBackend } from "./native-backend.ts";

/** What is needed of a graph to run it. */
export interface GraphDescription {
  /** For humans: it stands in TensorFlow's own profiles and messages. */
  readonly name: string;
  readonly nodes: readonly GraphNode[];
  /** Names of the placeholders, in the order of the call's inputs. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** What nodes call; only with our own addon. */
  readonly functions?: readonly FusedFunction[];
}

/** A graph that TensorFlow holds ready. */
export interface LoadedGraph {
  call(inputIds: number[]): TensorMetadata[];
  release(): void;
}

/** @throws AccordError where the folder for temporary files takes nothing. */
const writeSavedModel = (nodes: readonly GraphNode[]): string => {
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

/** The way of tfjs-node's own addon: a SavedModel, through a folder for temporary files. */
const loadSavedModel = (
  { binding }: NativeBackend,
  { nodes, inputs, outputs }: GraphDescription,
): LoadedGraph => {
  const folder = writeSavedModel(nodes);
  try {
    const session = binding.loadSavedModel(folder, "serve");
    const [inputNames, outputNames] = [firstOutputs(inputs).join(","), firstOutputs(outputs).join(",")];
    return {
      call: (ids) => binding.runSavedModel(session, ids, inputNames, outputNames),
      release: () => binding.deleteSavedModel(session),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

let functionCount = 0;

/**
 * Hands a graph to TensorFlow: as a function of the eager context where our own addon is loaded, else as a SavedModel.
 *
 * @param useXla  only with our own addon; see `canUseXla`.
 */
export const loadGraph = (
  backend: NativeBackend,
  graph: GraphDescription,
  { useXla }: { readonly useXla: boolean },
): LoadedGraph => {
  const { binding } = backend;
  if (!isFunctionBinding(binding)) return loadSavedModel(backend, graph);
  const name = `accord_${functionCount++}_${graph.name.replaceAll(/\W/g, "_")}`;
  const { functions = [] } = graph;
  holdFunctions(binding, functions);
  binding.addFunction(
    name,
    encodeGraph(graph.nodes),
    firstOutputs(graph.inputs),
    firstOutputs(graph.outputs),
  );
  const attributes: EagerAttribute[] = useXla
    ? [{ name: "_XlaMustCompile", type: binding.TF_ATTR_BOOL, value: true }]
    : [];
  return {
    call: (ids) => binding.executeOp(name, attributes, ids, graph.outputs.length),
    release: () => {
      binding.removeFunction(name);
      releaseFunctions(binding, functions);
    },
  };
};

/** Whether single functions can be given to XLA. */
export const canUseXla = ({ binding }: NativeBackend): boolean => isFunctionBinding(binding);

/** Whether parts of a graph can be, and are worth it: on a GPU passes over memory are not what costs. */
export const canFuse = (backend: NativeBackend): boolean =>
  canUseXla(backend) && backend.isUsingGpuDevice !== true;
