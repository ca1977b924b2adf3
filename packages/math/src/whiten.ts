import type { Scalar, Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { checkSameShapes, checkShape } from "./check-shape.ts";
import { maskedMean } from "./masked.ts";

export interface WhitenOptions {
  /** Divide the squares by n ("biased": Ziegler et al. 2019, OpenRLHF) or by n − 1 ("unbiased": TRL, verl). Default "biased". */
  readonly variance?: "biased" | "unbiased";
  /** Added to the variance, not to the deviation. Default 1e-8 (Ziegler et al. 2019). */
  readonly epsilon?: number;
}

/** The mean, and (x − mean) / √(variance + ε), over the counted entries. */
const standardize = (
  where: string,
  x: Tensor2D,
  mask: Tensor2D,
  { variance = "biased", epsilon = 1e-8 }: WhitenOptions,
): { mean: Scalar; standardized: Tensor2D } => {
  checkShape(where, "x", x, ["B", "T"]);
  checkSameShapes(where, { x, mask });
  const mean = maskedMean(x, mask);
  const centred = tf.mul(tf.sub(x, mean), mask);
  const count = tf.sum(mask);
  const divisor = tf.maximum(variance === "unbiased" ? tf.sub(count, 1) : count, 1);
  const scale = tf.rsqrt(tf.add(tf.div(tf.sum(tf.square(centred)), divisor), epsilon));
  return { mean, standardized: tf.mul(centred, scale) as Tensor2D };
};

/**
 * Shifts and scales the counted entries to mean 0 and variance 1; the others become 0.
 *
 * One entry alone becomes 0.
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
 * @see Ziegler et al. 2019, §2.2. https://arxiv.org/abs/1909.08593
 */
export const scaleToUnitVariance = (x: Tensor2D, mask: Tensor2D, options: WhitenOptions = {}): Tensor2D =>
  tf.tidy(() => {
    const { mean, standardized } = standardize("scaleToUnitVariance", x, mask, options);
    return tf.mul(tf.add(standardized, mean), mask) as Tensor2D;
  });
