import type { Parameters } from "@accord-rl/core";
import { mergeParameters } from "@accord-rl/math";
import type { Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { relu } from "./activation.ts";
import { createHostMlp, type HostMlp } from "./host-mlp.ts";
import { createMlp, type Mlp, type MlpOptions } from "./mlp.ts";
import { fanInUniformLayers } from "./mlp-layer.ts";

/** A network with A × K outputs. */
export interface OutcomeNet {
  readonly mlps: readonly Mlp[];
  readonly parameters: Parameters;
  readonly apply: (x: Tensor2D) => Tensor3D;
  readonly onHost: HostMlp;
}

export const createPlainNet = (
  widths: readonly number[],
  [A, K]: readonly [number, number],
  options: MlpOptions,
): OutcomeNet => {
  const { activation = relu, random } = options;
  const mlp = createMlp([...widths, A * K], { activation, initialize: fanInUniformLayers, random });
  return {
    mlps: [mlp],
    parameters: mlp.parameters,
    apply: (x) => tf.reshape(mlp.apply(x), [-1, A, K]) as Tensor3D, // [N, A, K]
    onHost: createHostMlp(mlp),
  };
};

/**
 * A trunk, and on it one stream for V and one for the advantages, each with a hidden layer: the last of the widths.
 * @see Wang et al. 2016, eq. 9. https://arxiv.org/abs/1511.06581
 */
export const createDuelingNet = (
  widths: readonly number[],
  [A, K]: readonly [number, number],
  options: MlpOptions,
): OutcomeNet => {
  const { activation = relu, random } = options;
  const common = { activation, initialize: fanInUniformLayers, random };
  const [trunkWidths, streamWidths] = [widths.slice(0, -1), widths.slice(-2)];
  const trunk = createMlp(trunkWidths, { ...common, activatesLast: true });
  const values = createMlp([...streamWidths, K], common);
  const advantages = createMlp([...streamWidths, A * K], common);
  const parts = { trunk, values, advantages };
  const [trunkOnHost, valuesOnHost, advantagesOnHost] = [trunk, values, advantages].map(createHostMlp) as [
    HostMlp,
    HostMlp,
    HostMlp,
  ];
  return {
    mlps: Object.values(parts),
    parameters: mergeParameters(
      Object.fromEntries(Object.entries(parts).map(([name, { parameters }]) => [name, parameters])),
    ),
    apply: (x) =>
      tf.tidy(() => {
        const hidden = trunk.apply(x);
        const advantage = tf.reshape(advantages.apply(hidden), [-1, A, K]); // [N, A, K]
        const value = tf.reshape(values.apply(hidden), [-1, 1, K]); // [N, 1, K]
        return tf.add(value, tf.sub(advantage, tf.mean(advantage, 1, true))) as Tensor3D;
      }),
    onHost: (x) => {
      const hidden = trunkOnHost(x);
      const [value, result] = [valuesOnHost(hidden), advantagesOnHost(hidden)];
      for (let k = 0; k < K; k++) {
        let mean = 0;
        for (let a = 0; a < A; a++) mean += result[a * K + k]! / A;
        for (let a = 0; a < A; a++) result[a * K + k]! += value[k]! - mean;
      }
      return result;
    },
  };
};
