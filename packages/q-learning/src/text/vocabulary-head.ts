import type { Disposable, Parameters, Random } from "@accord-rl/core";
import { embedding, linear } from "@accord-rl/math";
import type { Tensor, Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";

export interface HeadOptions {
  /** D. */
  readonly width: number;
  /** O: numbers for each state. */
  readonly outputs: number;
  /** H: one hidden layer with ReLU; null = none. */
  readonly hiddenWidth: number | null;
  /** First weights of the hidden layer. */
  readonly random: Random;
}

/** From hidden states to O numbers each: Q of every token, or V with O = 1. */
export interface VocabularyHead extends Disposable {
  readonly parameters: Parameters;
  /** @param hidden [..., D]. @returns [..., H], what the last layer sees. */
  features(hidden: Tensor): Tensor;
  /** @param features [..., H]. @returns [..., O]. */
  all(features: Tensor): Tensor;
  /** Only the numbers of some outputs, without the others. @param ids [...] int32. @returns [...]. */
  selected(features: Tensor, ids: Tensor): Tensor;
}

const uniform = ({ width, random }: HeadOptions, rows: number): Tensor2D => {
  const bound = 1 / Math.sqrt(width);
  const data = Float32Array.from({ length: rows * width }, () => (2 * random.uniform() - 1) * bound);
  return tf.tensor2d(data, [rows, width]);
};

/**
 * The last layer starts at zero, so that nothing is steered before something is learned: random numbers for each of
 * 32,000 tokens would drown what the language model says.
 */
export const createVocabularyHead = (options: HeadOptions): VocabularyHead => {
  const { width, outputs, hiddenWidth } = options;
  const parameters = tf.tidy((): Record<string, tf.Variable> => {
    const last = {
      weight: tf.variable(tf.zeros([outputs, hiddenWidth ?? width])),
      bias: tf.variable(tf.zeros([outputs])),
    };
    if (hiddenWidth === null) return last;
    const first = tf.variable(uniform(options, hiddenWidth));
    return { hiddenWeight: first, hiddenBias: tf.variable(tf.zeros([hiddenWidth])), ...last };
  });
  const { hiddenWeight, hiddenBias, weight, bias } = parameters as Record<string, Tensor>;
  return {
    parameters,
    features: (hidden) =>
      hiddenWeight === undefined
        ? tf.clone(hidden)
        : tf.tidy(() => tf.relu(linear(hidden, hiddenWeight as Tensor2D, hiddenBias as Tensor1D))),
    all: (features) => linear(features, weight as Tensor2D, bias as Tensor1D),
    selected: (features, ids) =>
      tf.tidy(() => {
        const rows = embedding(weight as Tensor2D, ids); // [..., H]
        const offsets = embedding(tf.reshape(bias!, [-1, 1]) as Tensor2D, ids); // [..., 1]
        return tf.add(tf.sum(tf.mul(features, rows), -1), tf.reshape(offsets, ids.shape));
      }),
    dispose: () => tf.dispose(Object.values(parameters)),
  };
};
