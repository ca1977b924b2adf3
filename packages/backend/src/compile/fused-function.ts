import { createHash } from "node:crypto";
import type { FunctionBinding } from "../native/accord-binding.ts";
import { encodeGraph, firstOutputs, type GraphNode } from "./graph.ts";

/** A part of a graph that XLA makes one operation of. */
export interface FusedFunction {
  /** The same for the same content: what several graphs have in common is compiled once. */
  readonly name: string;
  readonly graph: Uint8Array;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

export const createFusedFunction = (
  nodes: readonly GraphNode[],
  inputs: readonly string[],
  outputs: readonly string[],
): FusedFunction => {
  const graph = encodeGraph(nodes);
  const name = `accord_fused_${createHash("sha256").update(graph).digest("hex")}`;
  return { name, graph, inputs, outputs };
};

/** How many graphs call each function that TensorFlow holds. */
const users = new Map<string, number>();

/** Has TensorFlow hold functions for one more graph. */
export const holdFunctions = (binding: FunctionBinding, functions: readonly FusedFunction[]): void => {
  for (const { name, graph, inputs, outputs } of functions) {
    const count = users.get(name) ?? 0;
    if (count === 0) binding.addFunction(name, graph, firstOutputs(inputs), firstOutputs(outputs));
    users.set(name, count + 1);
  }
};

/** Undoes `holdFunctions`. */
export const releaseFunctions = (binding: FunctionBinding, functions: readonly FusedFunction[]): void => {
  for (const { name } of functions) {
    const count = users.get(name)! - 1;
    if (count > 0) users.set(name, count);
    else {
      users.delete(name);
      binding.removeFunction(name);
    }
  }
};
