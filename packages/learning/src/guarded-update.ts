import type { Compile } from "@accord-rl/core";
import { compileTree, type Gradients, globalNorm, largestFloat } from "@accord-rl/math";
import type { Scalar, Tensor1D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import type { Coefficients, OptimizerGroup } from "./optimizer-group.ts";

interface GuardedInput {
  /** [M] numbers that must stay within their limits, in absolute value. */
  readonly measured: Tensor1D;
  /** [M]. Default: any finite number. */
  readonly limits?: Tensor1D | undefined;
  readonly gradients: Gradients;
  readonly coefficients: Coefficients;
}

/**
 * An optimizer step that changes nothing where a number, or the gradients' norm, is NaN, infinite or beyond its limit:
 * one compiled call, or a part of one.
 *
 * @returns the gradients' norm, before clipping.
 */
export const createGuardedUpdate = (
  optimizers: Pick<OptimizerGroup, "update">,
  compile?: Compile,
  name?: string,
): ((input: GuardedInput) => { readonly gradientNorm: Scalar }) =>
  compileTree(
    ({ measured, limits, gradients, coefficients }: GuardedInput) =>
      tf.tidy(() => {
        const gradientNorm = globalNorm(gradients);
        const isWithin = (x: tf.Tensor, limit: tf.Tensor | number) => tf.all(tf.lessEqual(tf.abs(x), limit));
        const applies = tf.logicalAnd(
          isWithin(measured, limits ?? largestFloat),
          isWithin(gradientNorm, largestFloat),
        );
        optimizers.update(coefficients, gradients, applies as Scalar);
        return { gradientNorm };
      }),
    compile,
    name,
  );
