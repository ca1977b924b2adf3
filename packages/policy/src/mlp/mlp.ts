import { type NestedNumbers, type Parameters, type Random, requireCount, toFloat32 } from "@accord-rl/core";
import { linear } from "@accord-rl/math";
import type { Tensor, Tensor1D, Tensor2D, Variable } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { type Activation, tanh } from "./activation.ts";
import type { LayerInitializer } from "./mlp-layer.ts";

export interface MlpOptions {
  /** Shape of one observation; it is flattened. */
  readonly observationShape: readonly number[];
  /** Width of each hidden layer. Default [64, 64]. */
  readonly hiddenWidths?: readonly number[];
  /** After each hidden layer. Default `tanh`. */
  readonly activation?: Activation;
  readonly random: Random;
}

export interface MlpLayer {
  /** [outputs, inputs]. */
  readonly weight: Variable<tf.Rank.R2>;
  /** [outputs]. */
  readonly bias: Variable<tf.Rank.R1>;
  /** After it; none: the layer is linear. */
  readonly activation: Activation | undefined;
}

/** A multilayer perceptron. */
export interface Mlp {
  readonly parameters: Parameters;
  readonly layers: readonly MlpLayer[];
  readonly inputs: number;
  readonly outputs: number;
  /** @param x [N, inputs]. @returns [N, outputs]. */
  apply(x: Tensor2D): Tensor2D;
}

/** Numbers in one observation. */
export const observationSize = (shape: readonly number[]): number =>
  shape.reduce((size, length) => size * length, 1);

/** @throws InvalidArgumentError unless all sizes are positive integers. */
export const checkMlpOptions = (where: string, { observationShape, hiddenWidths = [] }: MlpOptions): void => {
  requireCount(where, "observationShape", observationSize(observationShape));
  for (const width of hiddenWidths) requireCount(where, "hiddenWidths", width);
};

/**
 * Linear layers with an activation between them.
 *
 * @param widths  of the inputs, the hidden layers, and the outputs.
 * @param options.activatesLast  also after the last layer, where it is not the end of a network. Default false.
 */
export const createMlp = (
  widths: readonly number[],
  options: {
    readonly activation?: Activation | undefined;
    readonly activatesLast?: boolean;
    readonly initialize: LayerInitializer;
    readonly random: Random;
  },
): Mlp => {
  const { activation = tanh, activatesLast = false, initialize, random } = options;
  const layers = widths.slice(1).map((outputs, i): MlpLayer => {
    const inputs = widths[i] as number;
    const isLast = i + 2 === widths.length;
    const { weight, bias } = initialize({ inputs, outputs, isLast, random });
    return {
      weight: tf.tidy(() => tf.variable(tf.tensor2d(weight, [outputs, inputs]))),
      bias: tf.tidy(() => tf.variable(tf.tensor1d(bias))),
      activation: isLast && !activatesLast ? undefined : activation,
    };
  });
  return {
    parameters: Object.fromEntries(
      layers.flatMap(({ weight, bias }, i) => [
        [`layers.${i}.weight`, weight],
        [`layers.${i}.bias`, bias],
      ]),
    ),
    layers,
    inputs: widths[0] as number,
    outputs: widths.at(-1) as number,
    apply: (observations) =>
      tf.tidy(() =>
        layers.reduce((x, { weight, bias, activation: after }) => {
          const y = linear(x, weight as unknown as Tensor2D, bias as unknown as Tensor1D); // [N, outputs]
          return (after ? after.apply(y) : y) as Tensor2D;
        }, observations),
      ),
  };
};

/**
 * Observations as a tensor: one is given back as it is, arrays are read. The rows of a flat array follow each other.
 *
 * @returns [B, …].
 * @throws ShapeError for arrays of another shape, InvalidArgumentError for what is no array of numbers.
 */
export const asBatch = (
  where: string,
  observations: Tensor | NestedNumbers,
  observationShape: readonly number[],
): Tensor => {
  if (typeof (observations as Tensor | undefined)?.dataId === "object") return observations as Tensor;
  const given = observations as ArrayLike<unknown> | undefined;
  const isFlat = typeof given?.[0] === "number";
  const rows = isFlat
    ? Math.max(1, Math.ceil(given.length / observationSize(observationShape)))
    : Math.max(1, given?.length ?? 1);
  const shape = [rows, ...observationShape];
  return tf.tensor(toFloat32(where, "observations", observations as NestedNumbers, shape), shape);
};

/** One whole network for observations of any leading dimensions: [..., observation] → [..., outputs]. */
export const createObservationMlp = (
  where: string,
  options: MlpOptions,
  { outputs, initialize }: { readonly outputs: number; readonly initialize: LayerInitializer },
): { readonly mlp: Mlp; readonly parameters: Parameters; apply(observations: Tensor): Tensor } => {
  checkMlpOptions(where, options);
  const { observationShape, hiddenWidths = [64, 64], activation, random } = options;
  const inputs = observationSize(observationShape);
  const mlp = createMlp([inputs, ...hiddenWidths, outputs], { activation, initialize, random });
  return {
    mlp,
    parameters: mlp.parameters,
    apply: (observations) =>
      tf.tidy(() => {
        const leading = observations.shape.slice(0, observations.rank - observationShape.length);
        return tf.reshape(mlp.apply(tf.reshape(observations, [-1, inputs])), [...leading, outputs]);
      }),
  };
};
