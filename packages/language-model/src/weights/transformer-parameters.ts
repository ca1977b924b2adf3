import { CheckpointError, type Parameters, type Random, type TensorData } from "@accord-rl/core";
import * as tf from "@tensorflow/tfjs-core";
import { parameterLayouts } from "../config/parameter-layout.ts";
import type { TransformerConfig } from "../config/transformer-config.ts";
import { checkFinite } from "./finite-weights.ts";
import { joinParts, type ReadPart } from "./weight-parts.ts";

/** Weights by the names that a model's `parameters` have. */
export type TransformerWeights = Readonly<Record<string, TensorData>>;

/** Number of elements of a tensor of this shape. */
export const sizeOf = (shape: readonly number[]): number => shape.reduce((size, length) => size * length, 1);

/**
 * Random weights: normal with standard deviation 0.02, the projections that add to the residual stream divided by
 * √(2 · layers), norms at 1, biases at 0.
 * @see Radford et al. 2019, Language models are unsupervised multitask learners, §2.3.
 */
export const randomWeights = (config: TransformerConfig, random: Random): TransformerWeights => {
  const residualScale = 1 / Math.sqrt(2 * config.layers);
  const entries = [...parameterLayouts(config)].map(([name, { shape }]): [string, TensorData] => {
    const data = new Float32Array(sizeOf(shape));
    const isResidual = name.endsWith("attentionOutput") || name.endsWith("down");
    const deviation = 0.02 * (isResidual ? residualScale : 1);
    if (shape.length === 1) data.fill(name.endsWith("Bias") ? 0 : 1);
    else for (let i = 0; i < data.length; i++) data[i] = deviation * random.normal();
    return [name, { dtype: "float32", shape, data }];
  });
  return Object.fromEntries(entries);
};

export const toVariable = (data: Float32Array, shape: readonly number[]): tf.Variable =>
  tf.tidy(() => tf.variable(tf.tensor(data, [...shape], "float32")));

/** @throws CheckpointError when a weight is missing, is left over or has another shape; nothing is allocated then. */
export const createParameters = (config: TransformerConfig, weights: TransformerWeights): Parameters => {
  const layouts = parameterLayouts(config);
  const fail = (message: string): never => {
    throw new CheckpointError({ path: "createTransformer", message });
  };
  for (const [name, { shape }] of layouts) {
    const weight = weights[name];
    if (!weight) fail(`weight "${name}" is missing; expected ${[...layouts.keys()].join(", ")}`);
    else if (weight.shape.join() !== shape.join() || weight.data.length !== sizeOf(shape)) {
      fail(`weight "${name}" has shape [${weight.shape}], expected [${shape}]`);
    }
  }
  const extra = Object.keys(weights).find((name) => !layouts.has(name));
  if (extra !== undefined) fail(`weight "${extra}" belongs to no part of this model`);
  return Object.fromEntries(
    [...layouts].map(([name, { shape }]) => {
      return [name, toVariable((weights[name] as TensorData).data as Float32Array, shape)];
    }),
  );
};

/**
 * Reads a model's parameters one after the other.
 *
 * @param path  for error messages
 * @param take  gets each as soon as it is read
 * @throws CheckpointError when a number is not finite, and what `readPart` throws.
 */
export const readEach = async (
  config: TransformerConfig,
  readPart: ReadPart,
  path: string,
  take: (name: string, data: Float32Array, shape: readonly number[]) => void,
): Promise<void> => {
  for (const [name, layout] of parameterLayouts(config)) {
    const data = await joinParts(layout, async (part) => {
      const numbers = await readPart(part);
      if (numbers.length !== sizeOf(part.shape)) {
        const message = `"${part.name}" has ${numbers.length} numbers, expected [${part.shape}]`;
        throw new CheckpointError({ path, message });
      }
      return checkFinite(part.name, numbers, path);
    });
    take(name, data, layout.shape);
  }
};

/** What `readEach` reads, as variables: little more than the model itself is in memory. On errors nothing stays allocated. */
export const readParameters = async (
  config: TransformerConfig,
  readPart: ReadPart,
  path: string,
): Promise<Parameters> => {
  const parameters: Record<string, tf.Variable> = {};
  try {
    await readEach(config, readPart, path, (name, data, shape) => {
      parameters[name] = toVariable(data, shape);
    });
    return parameters;
  } catch (error) {
    tf.dispose(Object.values(parameters));
    throw error;
  }
};

/** Parameters that start with the same values; memory is shared until one of them changes. */
export const copyParameters = (parameters: Parameters): Parameters =>
  Object.fromEntries(Object.entries(parameters).map(([name, variable]) => [name, tf.variable(variable)]));
