import type { Scalar, Tensor, Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { sumRowsInBlocks } from "./accurate-sum.ts";
import { type CenteredRows, centerRows } from "./centered-rows.ts";
import { checkSameShapes } from "./check-shape.ts";

const asScalar = (x: Tensor): Scalar => tf.reshape(x, []) as Scalar;

/** `centerRows` of all entries as one row. */
export const centerAll = (where: string, x: Tensor, mask: Tensor): CenteredRows => {
  checkSameShapes(where, { x, mask });
  const asRow = (all: Tensor): Tensor2D => tf.reshape(all, [1, all.size]);
  return centerRows(where, asRow(x), asRow(mask));
};

/** Σ x·mask, to 1e-6 of Σ |x|·mask for up to 10⁷ numbers. Gradient flows to: x. */
export const maskedSum = (x: Tensor, mask: Tensor): Scalar => {
  checkSameShapes("maskedSum", { x, mask });
  return tf.tidy(() => asScalar(sumRowsInBlocks(tf.reshape(tf.mul(x, mask), [1, x.size]))));
};

/**
 * Σ x·mask / Σ mask; 0 under a mask that is all zero. The mean of equal numbers is exactly that number.
 * Gradient flows to: x.
 */
export const maskedMean = (x: Tensor, mask: Tensor): Scalar =>
  tf.tidy(() => asScalar(centerAll("maskedMean", x, mask).means));

/**
 * Mean and variance (÷ n) of the counted entries; 0 and 0 under a mask that is all zero. The variance of equal numbers is
 * exactly 0. Gradient flows to: x.
 */
export const maskedMoments = (
  x: Tensor,
  mask: Tensor,
): { readonly mean: Scalar; readonly variance: Scalar } =>
  tf.tidy(() => {
    const { counts, means, squares } = centerAll("maskedMoments", x, mask);
    return { mean: asScalar(means), variance: asScalar(tf.div(squares, tf.maximum(counts, 1))) };
  });
