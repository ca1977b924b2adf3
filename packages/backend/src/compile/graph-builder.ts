import * as tf from "@tensorflow/tfjs-core";
import type { EagerAttribute } from "../native/accord-binding.ts";
import type { FusedFunction } from "./fused-function.ts";
import { type Attribute, type GraphNode, type GraphType, tensorflowTypes } from "./graph.ts";
import type { NativeBackend } from "./native-backend.ts";
import { indexRange, type RangeCheck } from "./range-checks.ts";
import { graphType, unsupported } from "./unsupported.ts";

/** A placeholder of the graph and where its value comes from at each call. */
export type Feed =
  | { readonly kind: "argument"; readonly index: number }
  | { readonly kind: "variable"; readonly variable: tf.Variable }
  | { readonly kind: "captured"; readonly tensor: tf.Tensor };

/** What feeds give at a call with these inputs. */
export const tensorsOf = (feeds: readonly Feed[], inputs: readonly tf.Tensor[]): tf.Tensor[] =>
  feeds.map((feed) => {
    if (feed.kind === "argument") return inputs[feed.index]!;
    if (feed.kind === "captured") return feed.tensor;
    if (!feed.variable.isDisposed) return feed.variable;
    throw unsupported(
      `the function uses the variable ${feed.variable.name}, which is disposed`,
      "Compile it again for the new variables.",
    );
  });

/** Gives back what a recording holds. */
export const disposeFeeds = (feeds: readonly Feed[]): void => {
  for (const feed of feeds) if (feed.kind === "captured") feed.tensor.dispose();
};

interface Constant {
  readonly values: ArrayLike<number>;
  readonly shape: readonly number[];
  readonly dtype: GraphType;
}

type Shaped = Pick<tf.TensorInfo, "shape" | "dtype">;

/** Arrays of at least this many equal numbers travel as one number and a shape. */
const fillThreshold = 64;

const typeAttribute = (dtype: string): Attribute => ({
  kind: "type",
  value: tensorflowTypes[graphType(dtype)],
});

/** Their numbers come from a stream inside TensorFlow, which eager calls and graphs continue differently. */
const drawsByItself = /^(Multinomial|Random|Stateful|ParameterizedTruncatedNormal|TruncatedNormal)/;

/** Converts an attribute of tfjs-node's eager call into one of a graph node. */
const convertAttribute = (binding: NativeBackend["binding"], { type, value }: EagerAttribute): Attribute => {
  if (type === binding.TF_ATTR_TYPE) return { kind: "type", value: value as number };
  if (type === binding.TF_ATTR_SHAPE) return { kind: "shape", value: value as number[] };
  if (type === binding.TF_ATTR_BOOL) return { kind: "bool", value: Boolean(value) };
  if (type === binding.TF_ATTR_FLOAT) return { kind: "float", value: value as number };
  if (type === binding.TF_ATTR_STRING) return { kind: "string", value: value as string };
  return Array.isArray(value)
    ? { kind: "ints", value: value.map(Math.trunc) }
    : { kind: "int", value: Math.trunc(value as number) };
};

const contentOf = (values: ArrayLike<number>, dtype: GraphType): Uint8Array => {
  if (dtype === "bool") return Uint8Array.from(values);
  const typed = dtype === "float32" ? Float32Array.from(values) : Int32Array.from(values);
  return new Uint8Array(typed.buffer);
};

/** A graph that grows operation by operation; data is what tells tensors apart. */
export const createGraphBuilder = (backend: NativeBackend, variables: readonly tf.Variable[]) => {
  const nodes: GraphNode[] = [];
  const feeds: Feed[] = [];
  const placeholders: string[] = [];
  const checks: RangeCheck[] = [];
  /** Where each piece of data comes from, as the input name of a node. */
  const sources = new Map<tf.DataId, string>();
  const constants = new Map<tf.DataId, Constant>();
  const functions: FusedFunction[] = [];
  /** Data that only a fused function has. */
  const hidden = new Set<tf.DataId>();
  const variableOf = new Map(variables.map((variable) => [variable.dataId, variable]));

  const add = (
    op: string,
    inputNames: readonly string[],
    attributes: Readonly<Record<string, Attribute>>,
  ): string => {
    const name = `n${nodes.length}`;
    nodes.push({ name, op, inputs: inputNames, attributes });
    return name;
  };
  const addSources = (name: string, outputs: readonly tf.Tensor[]): void =>
    outputs.forEach(({ dataId }, i) => void sources.set(dataId, i === 0 ? name : `${name}:${i}`));
  const feed = (dataId: tf.DataId, { shape, dtype }: Shaped, source: Feed): string => {
    const name = add("Placeholder", [], {
      dtype: typeAttribute(dtype),
      shape: { kind: "shape", value: shape },
    });
    feeds.push(source);
    placeholders.push(name);
    sources.set(dataId, name);
    return name;
  };
  const literal = ({ values, shape, dtype }: Constant): string =>
    add("Const", [], {
      dtype: typeAttribute(dtype),
      value: { kind: "tensor", value: { dtype, shape, content: contentOf(values, dtype) } },
    });
  const constant = (value: Constant): string => {
    const { values, shape, dtype } = value;
    const isUniform =
      values.length >= fillThreshold && Array.prototype.every.call(values, (item) => item === values[0]);
    if (!isUniform) return literal(value);
    const dimensions = literal({ values: shape, shape: [shape.length], dtype: "int32" });
    const item = literal({ values: [values[0]!], shape: [], dtype });
    return add("Fill", [dimensions, item], { T: typeAttribute(dtype), index_type: typeAttribute("int32") });
  };
  const sourceOf = (tensor: tf.TensorInfo): string => {
    const known = sources.get(tensor.dataId);
    if (known !== undefined) return known;
    const made = constants.get(tensor.dataId);
    if (made !== undefined) {
      const name = constant(made);
      sources.set(tensor.dataId, name);
      return name;
    }
    if (hidden.has(tensor.dataId)) {
      throw unsupported(
        "the function uses a tensor that a fused function made and did not return",
        "Return it there, or don't fuse that function: it must not assign variables.",
      );
    }
    const variable = variableOf.get(tensor.dataId);
    if (variable !== undefined) return feed(tensor.dataId, variable, { kind: "variable", variable });
    graphType(tensor.dtype);
    // A second owner of the same data: it lives as long as the graph.
    backend.incRef(tensor.dataId);
    const captured = tf.keep(tf.engine().makeTensorFromTensorInfo(tensor));
    return feed(tensor.dataId, tensor, { kind: "captured", tensor: captured });
  };

  const checkRange = (op: string, operands: readonly tf.TensorInfo[], output: Shaped): void => {
    const axis = op === "GatherV2" ? constants.get(operands[2]!.dataId)?.values[0] : undefined;
    const range = indexRange(op, operands, output, axis);
    if (range === undefined) return;
    const indices = operands[range.operand]!;
    // Constant indices were right while recording, and stay so.
    if (constants.has(indices.dataId) || indices.dtype !== "int32") return;
    checks.push({ op, indices: sourceOf(indices), rank: indices.shape.length, limits: range.limits });
  };

  return {
    nodes,
    feeds,
    placeholders,
    checks,
    functions,
    /** What operations of the graph made. */
    made: () => sources.keys(),
    feedArgument: (input: tf.Tensor, index: number) => feed(input.dataId, input, { kind: "argument", index }),
    addConstant: (dataId: tf.DataId, value: Constant) => constants.set(dataId, value),
    /** A name of its own for something that the graph puts out. */
    addOutput: (tensor: tf.Tensor): string =>
      add("Identity", [sourceOf(tensor)], { T: typeAttribute(tensor.dtype) }),
    /** The call of a function that was recorded apart. */
    addFused: (
      fused: FusedFunction,
      operands: readonly tf.TensorInfo[],
      made: Iterable<tf.DataId>,
      outputs: readonly tf.Tensor[],
    ): void => {
      const types = (tensors: readonly Shaped[]): Attribute => ({
        kind: "types",
        value: tensors.map(({ dtype }) => tensorflowTypes[graphType(dtype)]),
      });
      functions.push(fused);
      const name = add("PartitionedCall", operands.map(sourceOf), {
        Tin: types(operands),
        Tout: types(outputs),
        f: { kind: "function", value: fused.name },
        _XlaMustCompile: { kind: "bool", value: true },
      });
      addSources(name, outputs);
      for (const dataId of made) if (!sources.has(dataId)) hidden.add(dataId);
    },
    addCall: (
      op: string,
      attributes: readonly EagerAttribute[],
      operands: readonly tf.TensorInfo[],
      execute: () => readonly tf.Tensor[],
    ): void => {
      if (drawsByItself.test(op)) {
        throw unsupported(
          `the function draws random numbers by TensorFlow's ${op}`,
          "Draw them outside, and pass them in as tensors.",
        );
      }
      const converted = Object.fromEntries(
        attributes.map((attribute) => [attribute.name, convertAttribute(backend.binding, attribute)]),
      );
      // Eager calls take this type from the input: tfjs-node gives none for ExpandDims, and Mean's from before a cast.
      if (op === "ExpandDims" || op === "Mean") converted.T = typeAttribute(operands[0]!.dtype);
      const inputs = operands.map(sourceOf);
      const outputs = execute();
      const name = add(op, inputs, converted);
      for (const output of outputs) {
        if (output.dtype === "string") {
          throw unsupported(
            `the operation ${op} gives a string or a resource`,
            "Resources change in an order that a graph does not keep: don't compile the function.",
          );
        }
      }
      addSources(name, outputs);
      checkRange(op, operands, outputs[0]!);
    },
  };
};
