import { encodeGraph, type GraphNode } from "../compile/graph.ts";

const float = { T: { kind: "type", value: 1 } } as const;
const placeholder = (name: string): GraphNode => ({
  name,
  op: "Placeholder",
  inputs: [],
  attributes: { dtype: { kind: "type", value: 1 } },
});

/** y = x·w and z = x + x·w, of matrices. */
export const productNodes: readonly GraphNode[] = [
  placeholder("x"),
  placeholder("w"),
  { name: "product", op: "MatMul", inputs: ["x", "w"], attributes: float },
  { name: "y", op: "Identity", inputs: ["product"], attributes: float },
  { name: "z", op: "AddV2", inputs: ["x", "y"], attributes: float },
];

export const productGraph = encodeGraph(productNodes);
