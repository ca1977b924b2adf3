import type * as tf from "@tensorflow/tfjs-core";
import { type Attribute, type GraphNode, tensorflowTypes } from "./graph.ts";

/** Indices that an operation of the graph reads, and what they must be below. */
export interface RangeCheck {
  readonly op: string;
  /** Input name of the indices in the graph. */
  readonly indices: string;
  readonly rank: number;
  /** One limit for all, or one for each number of an index. */
  readonly limits: readonly number[];
}

type Shaped = Pick<tf.TensorInfo, "shape">;

/**
 * Which operand of an operation holds indices, and their limits.
 *
 * @param axis  of GatherV2.
 */
export const indexRange = (
  op: string,
  operands: readonly Shaped[],
  output: Shaped,
  axis: number | undefined,
): { readonly operand: number; readonly limits: readonly number[] } | undefined => {
  const [first, second] = operands.map(({ shape }) => shape);
  if (op === "GatherV2" && axis !== undefined) return { operand: 1, limits: [first!.at(axis)!] };
  if (op === "GatherNd" || op === "TensorScatterUpdate")
    return { operand: 1, limits: first!.slice(0, second!.at(-1)) };
  if (op === "ScatterNd") return { operand: 0, limits: output.shape.slice(0, first!.at(-1)) };
  if (op === "UnsortedSegmentSum") return { operand: 1, limits: [output.shape[0]!] };
  return undefined;
};

const type = (name: keyof typeof tensorflowTypes): Attribute => ({
  kind: "type",
  value: tensorflowTypes[name],
});

const integers = (name: string, values: readonly number[], shape: readonly number[]): GraphNode => ({
  name,
  op: "Const",
  inputs: [],
  attributes: {
    dtype: type("int32"),
    value: {
      kind: "tensor",
      value: { dtype: "int32", shape, content: new Uint8Array(Int32Array.from(values).buffer) },
    },
  },
});

/** Nodes that end in one called `ranges`: bool [number of checks], true where all indices of a check are in range. */
export const rangeNodes = (checks: readonly RangeCheck[]): readonly GraphNode[] => {
  const nodes = checks.flatMap(({ indices, rank, limits }, i): GraphNode[] => {
    const name = (part: string) => `range${i}_${part}`;
    const axes = Array.from({ length: rank }, (_, axis) => axis);
    const node = (
      part: string,
      op: string,
      inputs: readonly string[],
      attributes: GraphNode["attributes"],
    ) => ({
      name: name(part),
      op,
      inputs,
      attributes,
    });
    return [
      integers(name("limits"), limits, limits.length === 1 ? [] : [limits.length]),
      integers(name("zero"), [0], []),
      integers(name("axes"), axes, [rank]),
      node("below", "Less", [indices, name("limits")], { T: type("int32") }),
      node("above", "GreaterEqual", [indices, name("zero")], { T: type("int32") }),
      node("each", "LogicalAnd", [name("below"), name("above")], {}),
      node("all", "All", [name("each"), name("axes")], {
        Tidx: type("int32"),
        keep_dims: { kind: "bool", value: false },
      }),
    ];
  });
  const pack: GraphNode = {
    name: "ranges",
    op: "Pack",
    inputs: checks.map((_, i) => `range${i}_all`),
    attributes: {
      T: type("bool"),
      N: { kind: "int", value: checks.length },
      axis: { kind: "int", value: 0 },
    },
  };
  return [...nodes, pack];
};
