/** The losses of the packages, each on a small batch: they have to agree wherever tensors are computed. */

import { createRandom } from "@accord-rl/core";
import { exact, forwardK3, type KlEstimator, k1, k2, ratioK1, ratioK3 } from "@accord-rl/kl-regularizers";
import {
  bradleyTerryLoss,
  embedding,
  entropy,
  gae,
  linear,
  logSoftmax,
  selectedLogProbs,
  whiten,
} from "@accord-rl/math";
import { clippedSurrogate } from "@accord-rl/policy-gradient";
import { clippedValueLoss } from "@accord-rl/ppo";
import { centeringLoss } from "@accord-rl/reward-model";
import { tokenLosses } from "@accord-rl/sft";
import type { Scalar, Tensor, Tensor1D, Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";

export interface LossCase {
  readonly name: string;
  /** Shapes of what the loss is differentiated by. */
  readonly shapes: readonly (readonly number[])[];
  readonly loss: (...inputs: Tensor[]) => Tensor;
}

/** Numbers of a case, the same at every call: −1 to 1, without the kinks at 0 and ±0.2. */
const numbers = (size: number, seed: number): Float32Array => {
  const random = createRandom(seed);
  return Float32Array.from({ length: size }, () => {
    const value = 0.25 + 0.7 * random.uniform();
    return random.uniform() < 0.5 ? value : -value;
  });
};

const sizeOf = (shape: readonly number[]): number => shape.reduce((product, length) => product * length, 1);

const constant = <T extends Tensor>(shape: readonly number[], seed: number): T =>
  tf.tensor(numbers(sizeOf(shape), seed), [...shape]) as T;

const actions = (): Tensor2D => tf.tensor2d([0, 3, 1, 2, 2, 0], [2, 3], "int32"); // [B, T]
const mask = (): Tensor2D => tf.tensor2d([1, 1, 1, 1, 1, 0], [2, 3]); // [B, T]

/** What a policy says of its actions, by logits [B, T, A]. */
const evaluate = (logits: Tensor) => ({
  logProbs: selectedLogProbs(logits, actions()) as Tensor2D,
  distribution: logSoftmax(logits) as Tensor3D,
});

const klCase = (estimator: KlEstimator): LossCase => ({
  name: `kl-regularizers ${estimator.name}`,
  shapes: [[2, 3, 4]],
  loss: (logits) =>
    estimator.value({
      policy: evaluate(logits!),
      reference: evaluate(constant([2, 3, 4], 11)),
      behaviourLogProbs: evaluate(constant([2, 3, 4], 12)).logProbs,
    }),
});

export const lossCases: readonly LossCase[] = [
  {
    name: "math linear, embedding, entropy",
    shapes: [[5, 4], [3, 4], [3]],
    loss: (table, weight, bias) => {
      const taken = embedding(table as Tensor2D, tf.tensor1d([4, 0, 4], "int32"));
      return entropy(linear(taken, weight as Tensor2D, bias as Tensor1D));
    },
  },
  {
    name: "math gae and whiten",
    shapes: [
      [2, 3],
      [2, 3],
      [2, 3],
    ],
    loss: (rewards, values, nextValues) => {
      const ends = tf.tensor2d([0, 0, 1, 0, 1, 0], [2, 3]);
      const inputs = { rewards, values, nextValues } as Record<"rewards" | "values" | "nextValues", Tensor2D>;
      const flags = { valid: mask(), mask: mask(), terminated: ends, truncated: tf.zerosLike(ends) };
      const { advantages } = gae({ ...inputs, ...flags }, { discount: 0.9, gaeLambda: 0.8 });
      return tf.mul(whiten(advantages, mask()), constant([2, 3], 5));
    },
  },
  {
    name: "sft token losses, smoothed",
    shapes: [[4, 6]],
    loss: (logits) =>
      tokenLosses(logits as Tensor2D, tf.tensor1d([5, 0, 2, 2], "int32"), { labelSmoothing: 0.1 }).loss,
  },
  {
    name: "reward-model Bradley-Terry with soft labels and margins, and centering",
    shapes: [[5], [5]],
    loss: (preferredScores, rejectedScores) => {
      const scores = { preferredScores, rejectedScores } as Record<
        "preferredScores" | "rejectedScores",
        Tensor1D
      >;
      const probabilities = tf.tensor1d([1, 0.9, 0.5, 0.25, 0]);
      const pairs = bradleyTerryLoss({ ...scores, probabilities, margins: constant([5], 6) });
      return tf.add(pairs, centeringLoss(scores.preferredScores, scores.rejectedScores));
    },
  },
  {
    name: "ppo clipped surrogate, dual clip",
    shapes: [[2, 3, 4]],
    loss: (logits) =>
      clippedSurrogate(
        {
          logProbs: evaluate(logits!).logProbs,
          oldLogProbs: evaluate(constant([2, 3, 4], 7)).logProbs,
          advantages: constant([2, 3], 8),
        },
        { dualClip: 3 },
      ),
  },
  {
    name: "ppo clipped value loss",
    shapes: [[2, 3]],
    loss: (values) =>
      clippedValueLoss(
        { values: values as Tensor2D, oldValues: constant([2, 3], 9), returns: constant([2, 3], 10) },
        { valueClipEpsilon: 0.2 },
      ),
  },
  ...[k1, k2, exact, forwardK3, ratioK1, ratioK3].map(klCase),
];

/** The value of a case and its gradients by every input; the caller disposes of them. */
export const differentiate = ({ shapes, loss }: LossCase): Record<string, Tensor> =>
  tf.tidy(() => {
    const inputs = shapes.map((shape, i) => constant(shape, i + 1));
    const { value, grads } = tf.valueAndGrads((...args: Tensor[]) => tf.sum(loss(...args)) as Scalar)(inputs);
    return { value, ...Object.fromEntries(grads.map((gradient, i) => [`gradient ${i}`, gradient])) };
  });
