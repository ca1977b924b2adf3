import { createProtobufWriter, type ProtobufWriter } from "./protobuf.ts";

/** Codes of tensorflow.DataType. */
export const tensorflowTypes = { float32: 1, int32: 3, bool: 10 } as const;
export type GraphType = keyof typeof tensorflowTypes;

/** One attribute of a node; lists of numbers are lists of integers, shapes are lists of dimensions. */
export type Attribute =
  | { readonly kind: "string"; readonly value: string }
  | { readonly kind: "int"; readonly value: number }
  | { readonly kind: "ints"; readonly value: readonly number[] }
  | { readonly kind: "float"; readonly value: number }
  | { readonly kind: "bool"; readonly value: boolean }
  | { readonly kind: "type"; readonly value: number }
  | { readonly kind: "types"; readonly value: readonly number[] }
  /** A function's name. */
  | { readonly kind: "function"; readonly value: string }
  | { readonly kind: "shape"; readonly value: readonly number[] }
  | { readonly kind: "tensor"; readonly value: ConstantValue };

export interface ConstantValue {
  readonly dtype: GraphType;
  readonly shape: readonly number[];
  /** Little-endian contents. */
  readonly content: Uint8Array;
}

export interface GraphNode {
  readonly name: string;
  readonly op: string;
  /** "node" or "node:1" for its second output. */
  readonly inputs: readonly string[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

/** The first output of each node, as TensorFlow names it. */
export const firstOutputs = (nodes: readonly string[]): string[] => nodes.map((node) => `${node}:0`);

const writeShape = (writer: ProtobufWriter, shape: readonly number[]): void => {
  for (const size of shape) writer.message(2, (dimension) => dimension.int(1, size));
};

/** Fields of tensorflow.AttrValue. */
const writeAttribute = (writer: ProtobufWriter, { kind, value }: Attribute): void => {
  if (kind === "string") writer.bytes(2, value);
  else if (kind === "int") writer.int(3, value);
  else if (kind === "float") writer.float(4, value);
  else if (kind === "bool") writer.int(5, value ? 1 : 0);
  else if (kind === "type") writer.int(6, value);
  else if (kind === "function") writer.message(10, (called) => called.bytes(1, value));
  else if (kind === "shape") writer.message(7, (shape) => writeShape(shape, value));
  else if (kind === "ints" || kind === "types") {
    const field = kind === "ints" ? 3 : 6;
    writer.message(1, (list) => {
      for (const item of value) list.int(field, item);
    });
  } else {
    writer.message(8, (tensor) => {
      tensor.int(1, tensorflowTypes[value.dtype]);
      tensor.message(2, (shape) => writeShape(shape, value.shape));
      tensor.bytes(4, value.content);
    });
  }
};

/** Fields of tensorflow.NodeDef. */
const writeNode = (writer: ProtobufWriter, node: GraphNode): void => {
  writer.bytes(1, node.name);
  writer.bytes(2, node.op);
  for (const input of node.inputs) writer.bytes(3, input);
  for (const [name, attribute] of Object.entries(node.attributes)) {
    writer.message(5, (entry) => {
      entry.bytes(1, name);
      entry.message(2, (value) => writeAttribute(value, attribute));
    });
  }
};

/** GraphDef version that every TensorFlow 2 reads. */
const producerVersion = 1087;

/** Fields of tensorflow.GraphDef. */
const writeGraph = (writer: ProtobufWriter, nodes: readonly GraphNode[]): void => {
  for (const node of nodes) writer.message(1, (entry) => writeNode(entry, node));
  writer.message(4, (versions) => versions.int(1, producerVersion));
};

/** The bytes of a tensorflow.GraphDef. */
export const encodeGraph = (nodes: readonly GraphNode[]): Uint8Array => {
  const writer = createProtobufWriter();
  writeGraph(writer, nodes);
  return writer.finish();
};

/** The bytes of a saved_model.pb that holds one graph under the tag "serve". */
export const encodeSavedModel = (nodes: readonly GraphNode[]): Uint8Array => {
  const writer = createProtobufWriter();
  writer.int(1, 1);
  writer.message(2, (metaGraph) => {
    metaGraph.message(1, (info) => info.bytes(4, "serve"));
    metaGraph.message(2, (graph) => writeGraph(graph, nodes));
  });
  return writer.finish();
};
