import { CheckpointError, type Parameters, type Random, type TensorData } from "@accord-rl/core";
import * as tf from "@tensorflow/tfjs-core";
import { headSizes, type TransformerConfig } from "./transformer-config.ts";

/** Weights by the names that a model's `parameters` have. */
export type TransformerWeights = Readonly<Record<string, TensorData>>;

/**
 * Name and shape of each parameter, in order. Queries, keys and values are one matrix (rows in that order), and so
 * are gate and up: one large multiplication instead of three, or two.
 */
export const parameterShapes = (config: TransformerConfig): ReadonlyMap<string, readonly number[]> => {
  const { vocabularySize: V, width: D, hiddenWidth: F } = config;
  const { rotatedWidth, valueWidth } = headSizes(config);
  const shapes = new Map<string, readonly number[]>([["embedding", [V, D]]]);
  for (let i = 0; i < config.layers; i++) {
    shapes.set(`layers.${i}.attentionNorm`, [D]);
    shapes.set(`layers.${i}.queryKeyValue`, [rotatedWidth + valueWidth, D]);
    shapes.set(`layers.${i}.attentionOutput`, [D, D]);
    shapes.set(`layers.${i}.feedForwardNorm`, [D]);
    shapes.set(`layers.${i}.gateUp`, [2 * F, D]);
    shapes.set(`layers.${i}.down`, [D, F]);
  }
  shapes.set("norm", [D]);
  if (!config.tiedOutput) shapes.set("output", [V, D]);
  return shapes;
};

/** Number of elements of a tensor of this shape. */
export const sizeOf = (shape: readonly number[]): number => shape.reduce((size, length) => size * length, 1);

/**
 * Random weights: normal with standard deviation 0.02, the projections that add to the residual stream divided by
 * √(2 · layers), norms at 1.
 * @see Radford et al. 2019, Language models are unsupervised multitask learners, §2.3.
 */
export const randomWeights = (config: TransformerConfig, random: Random): TransformerWeights => {
  const residualScale = 1 / Math.sqrt(2 * config.layers);
  const entries = [...parameterShapes(config)].map(([name, shape]): [string, TensorData] => {
    const data = new Float32Array(sizeOf(shape));
    const isResidual = name.endsWith("attentionOutput") || name.endsWith("down");
    const deviation = 0.02 * (isResidual ? residualScale : 1);
    if (shape.length === 1) data.fill(1);
    else for (let i = 0; i < data.length; i++) data[i] = deviation * random.normal();
    return [name, { dtype: "float32", shape, data }];
  });
  return Object.fromEntries(entries);
};

/** @throws CheckpointError when a weight is missing, is left over or has another shape; nothing is allocated then. */
export const createParameters = (config: TransformerConfig, weights: TransformerWeights): Parameters => {
  const shapes = parameterShapes(config);
  const fail = (message: string): never => {
    throw new CheckpointError({ path: "createTransformer", message });
  };
  for (const [name, shape] of shapes) {
    const weight = weights[name];
    if (!weight) fail(`weight "${name}" is missing; expected ${[...shapes.keys()].join(", ")}`);
    else if (weight.shape.join() !== shape.join() || weight.data.length !== sizeOf(shape)) {
      fail(`weight "${name}" has shape [${weight.shape}], expected [${shape}]`);
    }
  }
  const extra = Object.keys(weights).find((name) => !shapes.has(name));
  if (extra !== undefined) fail(`weight "${extra}" belongs to no part of this model`);
  return Object.fromEntries(
    [...shapes].map(([name, shape]) => {
      const value = tf.tensor((weights[name] as TensorData).data, [...shape], "float32");
      const variable = tf.variable(value);
      value.dispose();
      return [name, variable];
    }),
  );
};

/** Parameters that start with the same values; memory is shared until one of them changes. */
export const copyParameters = (parameters: Parameters): Parameters =>
  Object.fromEntries(Object.entries(parameters).map(([name, variable]) => [name, tf.variable(variable)]));
