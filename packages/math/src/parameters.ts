import { InvalidArgumentError, type Parameters, type TensorData } from "@accord-rl/core";
import type { Tensor, Variable } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";

/** Backends that give memory of its own to whoever reads what an operation made. */
const copying = new Set(["tensorflow", "wasm"]);

/** A tensor's contents on the host, as a copy. */
export const readTensor = async (tensor: Tensor): Promise<TensorData> => {
  const { dtype, shape } = tensor;
  if (dtype !== "float32" && dtype !== "int32") {
    throw new InvalidArgumentError({
      argument: "tensor",
      value: dtype,
      message: `readTensor: the tensor is ${dtype}, expected float32 or int32; cast it with tf.cast`,
    });
  }
  const flat = tf.tidy(() => tf.reshape(tensor, [-1]));
  const data = (await flat.data()) as Float32Array | Int32Array;
  flat.dispose();
  return { dtype, shape: [...shape], data: copying.has(tf.getBackend()) ? data : data.slice() };
};

/** A tensor made of its contents on the host. */
export const makeTensor = ({ data, shape, dtype }: TensorData): Tensor => tf.tensor(data, [...shape], dtype);

/** Reads tensors by name, in one go. */
export const readTensors = async (
  tensors: Readonly<Record<string, Tensor>>,
): Promise<Record<string, TensorData>> =>
  Object.fromEntries(
    await Promise.all(
      Object.entries(tensors).map(async ([name, tensor]) => [name, await readTensor(tensor)] as const),
    ),
  );

/** All parameters' values, by name. */
export const parametersState = (parameters: Parameters): Promise<Record<string, TensorData>> =>
  readTensors(parameters);

const describe = (shape: readonly number[], dtype: string): string => `[${shape.join(", ")}] ${dtype}`;

/**
 * Checks that tensors have the names, shapes and types of the parameters.
 *
 * @throws InvalidArgumentError
 */
export const checkRestorable = (
  parameters: Readonly<Record<string, Tensor>>,
  tensors: Readonly<Record<string, TensorData>>,
  where: string,
): void => {
  const problem = (name: string, description: string): InvalidArgumentError =>
    new InvalidArgumentError({
      argument: name,
      value: tensors[name]?.shape,
      message: `${where}: ${description}; the state is of another part, or of another size of it`,
    });
  for (const [name, parameter] of Object.entries(parameters)) {
    const tensor = tensors[name];
    const expected = describe(parameter.shape, parameter.dtype);
    const got = tensor === undefined ? "missing" : describe(tensor.shape, tensor.dtype);
    if (tensor === undefined || got !== expected)
      throw problem(name, `${name} is ${got}, expected ${expected}`);
    if (tensor.data.length !== parameter.size) {
      throw problem(name, `${name} has ${tensor.data.length} numbers, expected ${parameter.size}`);
    }
  }
  const extra = Object.keys(tensors).find((name) => !(name in parameters));
  if (extra !== undefined) throw problem(extra, `got ${extra}, which is unknown here`);
};

/**
 * Puts saved values into parameters. Nothing is changed when anything is wrong.
 *
 * @param where  named in the error.
 * @throws InvalidArgumentError when a name is missing or unknown, or a shape or type differs.
 */
export const restoreParameters = (
  parameters: Parameters,
  tensors: Readonly<Record<string, TensorData>>,
  where: string,
): void => {
  checkRestorable(parameters, tensors, where);
  tf.tidy(() => {
    for (const [name, parameter] of Object.entries(parameters)) {
      parameter.assign(makeTensor(tensors[name] as TensorData));
    }
  });
};

/**
 * Several parts' parameters under one roof: `{ policy, value }` gives "policy.…" and "value.…".
 *
 * A variable that two parts share is listed once, under the first name.
 */
export const mergeParameters = (...parts: readonly Readonly<Record<string, Parameters>>[]): Parameters => {
  const merged: Record<string, Variable> = {};
  const seen = new Set<Variable>();
  for (const part of parts) {
    for (const [prefix, parameters] of Object.entries(part)) {
      for (const [name, variable] of Object.entries(parameters)) {
        if (seen.has(variable)) continue;
        seen.add(variable);
        merged[`${prefix}.${name}`] = variable;
      }
    }
  }
  return merged;
};
