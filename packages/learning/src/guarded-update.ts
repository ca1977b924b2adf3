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
  /** Whether the step before was made, where steps follow each other in one call: one that was not stops all after it. */
  readonly previous?: Scalar | undefined;
}

interface GuardedOutput {
  /** Before clipping. */
  readonly gradientNorm: Scalar;
  /** bool: whether the step was made. */
  readonly applies: Scalar;
}

/**
 * An optimizer step that changes nothing where a number, or the gradients' norm, is NaN, infinite or beyond its limit:
 * one compiled call, or a part of one.
 */
export const createGuardedUpdate = (
  optimizers: Pick<OptimizerGroup, "update">,
  compile?: Compile,
  name?: string,
): ((input: GuardedInput) => GuardedOutput) =>
  compileTree(
    ({ measured, limits, gradients, coefficients, previous }: GuardedInput) =>
      tf.tidy(() => {
        const gradientNorm = globalNorm(gradients);
        const isWithin = (x: tf.Tensor, limit: tf.Tensor | number) => tf.all(tf.lessEqual(tf.abs(x), limit));
        const isFine = tf.logicalAnd(
          isWithin(measured, limits ?? largestFloat),
          isWithin(gradientNorm, largestFloat),
        );
        const applies = (previous ? tf.logicalAnd(previous, isFine) : isFine) as Scalar;
        optimizers.update(coefficients, gradients, applies);
        return { gradientNorm, applies };
      }),
    compile,
    name,
  );
