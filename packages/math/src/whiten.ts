import type { Scalar, Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { checkShape } from "./check-shape.ts";
import { centerAll } from "./masked.ts";

export interface WhitenOptions {
  /** Divide the squares by n ("biased": Ziegler et al. 2019, OpenRLHF) or by n − 1 ("unbiased": TRL, verl). Default "biased". */
  readonly variance?: "biased" | "unbiased";
  /** Added to the variance, not to the deviation. Default 1e-8 (Ziegler et al. 2019). */
  readonly epsilon?: number;
}

/** The smallest normal number in float32: 1/√ of what is no smaller is finite. */
const smallestNormal = 2 ** -126;

/** The mean, and (x − mean) / √(variance + ε), over the counted entries. */
const standardize = (
  where: string,
  x: Tensor2D,
  mask: Tensor2D,
  { variance = "biased", epsilon = 1e-8 }: WhitenOptions,
): { mean: Scalar; standardized: Tensor2D } => {
  checkShape(where, "x", x, ["B", "T"]);
  const { counts, means, centered, squares } = centerAll(where, x, mask);
  const divisor = tf.maximum(variance === "unbiased" ? tf.sub(counts, 1) : counts, 1);
  const scale = tf.rsqrt(tf.maximum(tf.add(tf.div(squares, divisor), epsilon), smallestNormal));
  return {
    mean: tf.reshape(means, []) as Scalar,
    standardized: tf.reshape(tf.mul(centered, scale), x.shape) as Tensor2D,
  };
};

/**
 * Shifts and scales the counted entries to mean 0 and variance 1; the others become 0.
 *
 * Entries that are all equal become exactly 0, and so does one alone. Entries that differ in their last bits differ, and
 * ε is what keeps them small while their deviation is below √ε.
 *
 * @see Ziegler et al. 2019, §2.2. https://arxiv.org/abs/1909.08593
 */
export const whiten = (x: Tensor2D, mask: Tensor2D, options: WhitenOptions = {}): Tensor2D =>
  tf.tidy(() => standardize("whiten", x, mask, options).standardized);

/**
 * Scales the counted entries to variance 1 around their own mean, which is kept; the others become 0.
 *
 *   (x − μ)/σ + μ      (elsewhere: "whiten without mean shift"; not x/σ)
 *
 * Entries that are all equal stay exactly as they are.
 *
 * @see Ziegler et al. 2019, §2.2. https://arxiv.org/abs/1909.08593
 */
export const scaleToUnitVariance = (x: Tensor2D, mask: Tensor2D, options: WhitenOptions = {}): Tensor2D =>
  tf.tidy(() => {
    const { mean, standardized } = standardize("scaleToUnitVariance", x, mask, options);
    return tf.mul(tf.add(standardized, mean), mask) as Tensor2D;
  });
