import type { Parameters, Random } from "@accord-rl/core";
import { linear } from "@accord-rl/math";
import type { Tensor, Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { checkCount } from "./check.ts";
import { orthogonal } from "./orthogonal.ts";

export interface MlpOptions {
  /** Shape of one observation; it is flattened. */
  readonly observationShape: readonly number[];
  /** Width of each hidden layer, tanh after each. Default [64, 64]. */
  readonly hiddenWidths?: readonly number[];
  readonly random: Random;
}

/** A multilayer perceptron. */
export interface Mlp {
  readonly parameters: Parameters;
  /** @param observations [..., observation]. @returns [..., outputs] */
  apply(observations: Tensor): Tensor;
}

/**
 * Layers with tanh between them; orthogonal weights with gain √2, `outputGain` for the last layer; biases 0.
 * @see Huang et al. 2022, The 37 implementation details of PPO, detail 2.
 */
export const createMlp = (
  where: string,
  { observationShape, hiddenWidths = [64, 64], random }: MlpOptions,
  { outputs, outputGain }: { outputs: number; outputGain: number },
): Mlp => {
  const inputs = observationShape.reduce((size, length) => size * length, 1);
  checkCount(where, "observationShape", inputs);
  for (const width of hiddenWidths) checkCount(where, "hiddenWidths", width);
  const widths = [inputs, ...hiddenWidths, outputs];
  const layers = hiddenWidths.length + 1;
  const parameters: Record<string, tf.Variable> = {};
  tf.tidy(() => {
    for (let i = 0; i < layers; i++) {
      const [from, to] = [widths[i] as number, widths[i + 1] as number];
      const gain = i + 1 < layers ? Math.SQRT2 : outputGain;
      parameters[`layers.${i}.weight`] = tf.variable(
        tf.tensor2d(orthogonal(to, from, gain, random), [to, from]),
      );
      parameters[`layers.${i}.bias`] = tf.variable(tf.zeros([to]));
    }
  });
  const apply = (observations: Tensor): Tensor =>
    tf.tidy(() => {
      const leading = observations.shape.slice(0, observations.rank - observationShape.length);
      let x = tf.reshape(observations, [-1, inputs]);
      for (let i = 0; i < layers; i++) {
        const weight = parameters[`layers.${i}.weight`] as unknown as Tensor2D;
        const bias = parameters[`layers.${i}.bias`] as unknown as Tensor1D;
        const y = linear(x, weight, bias);
        x = i + 1 < layers ? tf.tanh(y) : y;
      }
      return tf.reshape(x, [...leading, outputs]);
    });
  return { parameters, apply };
};
