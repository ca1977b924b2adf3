import { InvalidArgumentError } from "@accord-rl/core";
import type { Tensor3D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import type { Paths } from "./path-consistency.ts";

/**
 * Which paths are trained on: a weight of 0 or more for each path, of which only the relation within one start counts.
 *
 * @returns [B, T, T].
 */
export type Segments = (paths: Paths) => Tensor3D;

/** One decision each: the soft Bellman equation. A reward at the end takes T updates to reach the start. */
export const oneStep: Segments = ({ lengths }) =>
  tf.tidy(() => tf.cast(tf.equal(lengths, 1), "float32") as Tensor3D);

/** From every state to the end of its trajectory: the reward reaches all decisions at once. */
export const toTheEnd: Segments = ({ isToEnd }) => tf.clone(isToEnd);

/** Whole trajectories alone, from the first state to the end. Only V of first states is learned. */
export const wholePath: Segments = ({ isFromStart, isToEnd }) =>
  tf.tidy(() => tf.mul(isFromStart, isToEnd) as Tensor3D);

/**
 * Every length n, weighted by λ^{n−1}; λ = 1 weighs all alike, λ = 0 is `oneStep`.
 *
 * @param lambda  λ in [0, 1].
 */
export const everyLength = (lambda = 1): Segments => {
  if (!(lambda >= 0 && lambda <= 1)) {
    throw new InvalidArgumentError({
      argument: "lambda",
      value: lambda,
      message: `everyLength: lambda is ${lambda}, expected a number from 0 to 1`,
    });
  }
  if (lambda === 0) return oneStep;
  return ({ exists, lengths }) =>
    tf.tidy(() => tf.mul(exists, tf.exp(tf.mul(tf.relu(tf.sub(lengths, 1)), Math.log(lambda)))) as Tensor3D);
};

/** x, or 1 where x is 0. */
const nonZero = (x: tf.Tensor): tf.Tensor => tf.where(tf.greater(x, 0), x, tf.onesLike(x));

/** The weights of each start's paths, which add up to 1 where it has any. */
const normalize = (weights: Tensor3D, { exists }: Paths): Tensor3D =>
  tf.tidy(() => {
    const existing = tf.mul(weights, exists);
    return tf.div(existing, nonZero(tf.sum(existing, 2, true))) as Tensor3D;
  });

/** Several choices together, each with the weight 1 at every start: Guo et al. 2021 train on `oneStep` and `toTheEnd`. */
export const together =
  (...choices: readonly Segments[]): Segments =>
  (paths) =>
    tf.tidy(() => tf.addN(choices.map((choice) => normalize(choice(paths), paths))) as Tensor3D);

/** [B, T, T] weights of the paths; those of one start add up to 1. */
export const segmentWeights = (segments: Segments, paths: Paths): Tensor3D =>
  tf.tidy(() => normalize(segments(paths), paths));
