import { type AccordError, InvalidArgumentError } from "@accord-rl/core";
import * as tf from "@tensorflow/tfjs-core";
import type { Attribute, GraphNode, GraphType } from "./graph.ts";
import { tensorflowTypes } from "./graph.ts";
import type { EagerAttribute, NativeBackend } from "./native-backend.ts";

/** A placeholder of the graph and where its value comes from at each call. */
export type Feed =
  | { readonly kind: "argument"; readonly index: number }
  | { readonly kind: "variable"; readonly variable: tf.Variable }
  | { readonly kind: "captured"; readonly tensor: tf.Tensor };

export interface Recording {
  readonly nodes: readonly GraphNode[];
  readonly feeds: readonly Feed[];
  /** Names of the function's results, then of the new values of assigned variables. */
  readonly outputs: readonly string[];
  readonly assigned: readonly tf.Variable[];
  /** False when the call created variables: its results count, and the next call is the one to record. */
  readonly isComplete: boolean;
}

/** Gives back what a recording holds. */
export const disposeFeeds = (feeds: readonly Feed[]): void => {
  for (const feed of feeds) if (feed.kind === "captured") feed.tensor.dispose();
};

let isRecording = false;
export const isTracing = (): boolean => isRecording;

export const unsupported = (what: string, advice: string): AccordError =>
  new InvalidArgumentError({ argument: "fn", value: what, message: `compile: ${what}. ${advice}` });

/** Arrays of at least this many equal numbers travel as one number and a shape. */
const fillThreshold = 64;

const graphType = (dtype: string): GraphType => {
  if (dtype in tensorflowTypes) return dtype as GraphType;
  throw unsupported(
    `the function uses a tensor of type ${dtype}`,
    "Use float32, int32 or bool, or don't compile it.",
  );
};

const registeredVariables = (): tf.Variable[] => Object.values(tf.engine().registeredVariables ?? {});

/** The same values with data of their own. */
const copyData = (tensor: tf.Tensor): tf.Tensor =>
  tf.tidy(() => tf.reshape(tf.tile(tf.reshape(tensor, [-1]), [1]), tensor.shape));

/**
 * Clones share their data until one of them changes, and data is what tells tensors apart here: a frozen copy of a
 * policy would stand in for the policy itself. So each variable gets data of its own before anything is recorded.
 */
const separateVariables = (backend: NativeBackend): void => {
  for (const variable of registeredVariables()) {
    if (backend.refCount(variable.dataId) === 1) continue;
    const copy = copyData(variable);
    variable.assign(copy);
    copy.dispose();
  }
};

/** Arguments that share data with another one are copied: the next call's may differ. */
const separateInputs = (inputs: readonly tf.Tensor[]): tf.Tensor[] => {
  const seen = new Set(registeredVariables().map((variable) => variable.dataId));
  return inputs.map((input) => {
    const separate = seen.has(input.dataId) ? copyData(input) : input;
    seen.add(separate.dataId);
    return separate;
  });
};

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

/**
 * Runs `fn` once, eagerly, and records every operation that it executes as a node of a graph. Variables that it
 * assigned get their values back where the recording is complete.
 *
 * Every kernel of tfjs-node ends in `executeSingleOutput` or `executeMultipleOutputs`, gradients included, since
 * automatic differentiation runs in JavaScript. So watching those two is enough.
 */
export const record = (
  backend: NativeBackend,
  fn: (...inputs: tf.Tensor[]) => Readonly<Record<string, tf.Tensor>>,
  givenInputs: readonly tf.Tensor[],
): { results: Readonly<Record<string, tf.Tensor>>; recording: Recording } => {
  separateVariables(backend);
  const inputs = separateInputs(givenInputs);
  const nodes: GraphNode[] = [];
  const feeds: Feed[] = [];
  /** Where each piece of data comes from, as the input name of a node. */
  const sources = new Map<tf.DataId, string>();
  const constants = new Map<
    tf.DataId,
    { values: ArrayLike<number>; shape: readonly number[]; dtype: GraphType }
  >();
  const variablesBefore = new Map(registeredVariables().map((variable) => [variable, variable.dataId]));
  const variableOf = new Map([...variablesBefore].map(([variable, dataId]) => [dataId, variable]));

  const add = (op: string, inputNames: readonly string[], attributes: Record<string, Attribute>): string => {
    const name = `n${nodes.length}`;
    nodes.push({ name, op, inputs: inputNames, attributes });
    return name;
  };
  const feed = (
    dataId: tf.DataId,
    { shape, dtype }: { shape: readonly number[]; dtype: string },
    source: Feed,
  ): string => {
    const type = tensorflowTypes[graphType(dtype)];
    const name = add("Placeholder", [], {
      dtype: { kind: "type", value: type },
      shape: { kind: "shape", value: shape },
    });
    feeds.push(source);
    sources.set(dataId, name);
    return name;
  };
  const constantNode = (value: {
    values: ArrayLike<number>;
    shape: readonly number[];
    dtype: GraphType;
  }): string => {
    const { values, shape, dtype } = value;
    const type: Attribute = { kind: "type", value: tensorflowTypes[dtype] };
    const node = (array: ArrayLike<number>, arrayShape: readonly number[], arrayType: GraphType): string => {
      const typed =
        arrayType === "float32"
          ? Float32Array.from(array)
          : arrayType === "int32"
            ? Int32Array.from(array)
            : Uint8Array.from(array);
      const content = new Uint8Array(typed.buffer, typed.byteOffset, typed.byteLength);
      return add("Const", [], {
        dtype: { kind: "type", value: tensorflowTypes[arrayType] },
        value: { kind: "tensor", value: { dtype: arrayType, shape: arrayShape, content } },
      });
    };
    const isUniform =
      values.length >= fillThreshold && Array.prototype.every.call(values, (item) => item === values[0]);
    if (!isUniform) return node(values, shape, dtype);
    const dimensions = node(shape, [shape.length], "int32");
    const item = node([values[0]!], [], dtype);
    return add("Fill", [dimensions, item], {
      T: type,
      index_type: { kind: "type", value: tensorflowTypes.int32 },
    });
  };
  const sourceOf = (tensor: tf.TensorInfo): string => {
    const known = sources.get(tensor.dataId);
    if (known !== undefined) return known;
    const constant = constants.get(tensor.dataId);
    if (constant !== undefined) {
      const name = constantNode(constant);
      sources.set(tensor.dataId, name);
      return name;
    }
    const variable = variableOf.get(tensor.dataId);
    if (variable !== undefined) return feed(tensor.dataId, variable, { kind: "variable", variable });
    // A second owner of the same data: it lives as long as the graph.
    backend.incRef(tensor.dataId);
    const captured = tf.keep(tf.engine().makeTensorFromTensorInfo(tensor));
    return feed(tensor.dataId, tensor, { kind: "captured", tensor: captured });
  };
  const recordCall = (
    op: string,
    attributes: readonly EagerAttribute[],
    operands: readonly tf.TensorInfo[],
  ): string => {
    const converted = Object.fromEntries(
      attributes.map((attribute) => [attribute.name, convertAttribute(backend.binding, attribute)]),
    );
    // The eager call infers this type; a graph does not.
    if (op === "ExpandDims")
      converted.T = { kind: "type", value: tensorflowTypes[graphType(operands[0]!.dtype)] };
    return add(op, operands.map(sourceOf), converted);
  };

  const values = new Map(registeredVariables().map((variable) => [variable, tf.clone<tf.Tensor>(variable)]));
  inputs.forEach((input, index) => {
    feed(input.dataId, input, { kind: "argument", index });
  });

  const engine = tf.engine() as unknown as Record<string, unknown>;
  const { executeSingleOutput, executeMultipleOutputs, write } = backend;
  const { random } = Math;
  const refuseRead = (): never => {
    throw unsupported(
      "the function reads a tensor's value while it is being recorded (dataSync, data, array…)",
      "Return the tensor and read it after the call.",
    );
  };
  backend.executeSingleOutput = (name, attributes, operands) => {
    const node = recordCall(name, attributes, operands);
    const output = executeSingleOutput.call(backend, name, attributes, operands);
    sources.set(output.dataId, node);
    return output;
  };
  backend.executeMultipleOutputs = (name, attributes, operands, count) => {
    const node = recordCall(name, attributes, operands);
    const results = executeMultipleOutputs.call(backend, name, attributes, operands, count);
    results.forEach((output, i) => {
      sources.set(output.dataId, i === 0 ? node : `${node}:${i}`);
    });
    return results;
  };
  backend.write = (values, shape, dtype) => {
    const dataId = write.call(backend, values, shape, dtype);
    if (dtype in tensorflowTypes) {
      constants.set(dataId, { values: values as ArrayLike<number>, shape, dtype: dtype as GraphType });
    }
    return dataId;
  };
  engine.readSync = refuseRead;
  engine.read = refuseRead;
  Math.random = () => {
    throw unsupported(
      "the function draws random numbers while it is being recorded; they would be the same at every call",
      "Pass random numbers in as tensors.",
    );
  };
  const dropCopies = (but: readonly tf.Tensor[] = []): void =>
    tf.dispose(inputs.filter((input, i) => input !== givenInputs[i] && !but.includes(input)));

  isRecording = true;
  try {
    const results = fn(...inputs);
    const variables = registeredVariables();
    const assigned = variables.filter((variable) => {
      const before = variablesBefore.get(variable);
      return before !== undefined && before !== variable.dataId;
    });
    const outputs = [...Object.values(results), ...assigned].map((tensor) =>
      add("Identity", [sourceOf(tensor)], {
        T: { kind: "type", value: tensorflowTypes[graphType(tensor.dtype)] },
      }),
    );
    const isComplete = variables.every((variable) => variablesBefore.has(variable));
    if (isComplete) for (const variable of assigned) variable.assign(values.get(variable)!);
    else disposeFeeds(feeds);
    dropCopies(Object.values(results));
    return { results, recording: { nodes, feeds, outputs, assigned, isComplete } };
  } catch (error) {
    disposeFeeds(feeds);
    dropCopies();
    throw error;
  } finally {
    isRecording = false;
    tf.dispose([...values.values()]);
    Math.random = random;
    delete engine.readSync;
    delete engine.read;
    Object.assign(backend, { executeSingleOutput, executeMultipleOutputs, write });
  }
};
