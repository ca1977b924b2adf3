import type { Tensor, Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { sumRowsInBlocks } from "./accurate-sum.ts";
import { checkSameShapes, checkShape } from "./check-shape.ts";
import { largestFloat } from "./checks.ts";
import { stopGradient } from "./stop-gradient.ts";

export interface CenteredRows {
  /** [N, 1] How many entries count. */
  readonly counts: Tensor2D;
  /** [N, 1] μ of the counted entries; 0 where none counts. */
  readonly means: Tensor2D;
  /** [N, K] x − μ; 0 where an entry does not count. */
  readonly centered: Tensor2D;
  /** [N, 1] Σ(x − μ)². */
  readonly squares: Tensor2D;
}

/** The mean up to rounding, and never outside the values that it is of. @returns [N, 1]. */
const roughMeans = (x: Tensor, isCounted: Tensor, divisors: Tensor): Tensor => {
  const sums = sumRowsInBlocks(tf.where(isCounted, x, tf.zerosLike(x)));
  const highest = tf.max(tf.where(isCounted, x, tf.fill(x.shape, -largestFloat)), 1, true);
  const lowest = tf.min(tf.where(isCounted, x, tf.fill(x.shape, largestFloat)), 1, true);
  const means = tf.div(sums, divisors);
  const notAbove = tf.where(tf.greater(means, highest), highest, means);
  return tf.where(tf.less(notAbove, lowest), lowest, notAbove);
};

/**
 * The counted entries of each row around their mean, without the rounding that a scale of 1/σ would blow up.
 *
 * A sum of equal float32 numbers, divided by their count, is a few units in the last place off, and so is each x − μ:
 * noise that looks like a signal. Two things keep it out. The mean is held between the smallest and the largest value,
 * so that equal values, whatever they are, have exactly themselves as mean and become exactly 0. And what is left of
 * the mean after its subtraction is subtracted too, so that values which differ in their last bits alone are centred.
 *
 * Gradient flows to: x.
 *
 * @param x     [N, K]; may be anything where it does not count.
 * @param mask  [N, K]
 */
export const centerRows = (where: string, x: Tensor2D, mask: Tensor2D): CenteredRows => {
  checkShape(where, "x", x, ["N", "K"]);
  checkSameShapes(where, { x, mask });
  const isCounted = tf.greater(mask, 0);
  const counts = sumRowsInBlocks(mask) as Tensor2D; // [N, 1]
  const divisors = tf.maximum(counts, 1);
  const zeros = tf.zerosLike(x);
  // x − μ − mean(x − μ) does not depend on μ, which needs no gradient therefore.
  const base = stopGradient(tf.where(tf.greater(counts, 0), roughMeans(x, isCounted, divisors), 0));
  const moved = tf.where(isCounted, tf.sub(x, base), zeros); // [N, K]
  const rest = tf.div(sumRowsInBlocks(moved), divisors); // [N, 1]
  const centered = tf.where(isCounted, tf.sub(moved, rest), zeros) as Tensor2D; // [N, K]
  return {
    counts,
    means: tf.add(base, rest) as Tensor2D,
    centered,
    squares: sumRowsInBlocks(tf.square(centered)) as Tensor2D,
  };
};
