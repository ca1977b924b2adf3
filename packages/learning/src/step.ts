import type { Compile, Parameters } from "@accord-rl/core";
import {
  compileTree,
  type Gradients,
  globalNorm,
  joinPacked,
  type LossAndAuxiliary,
  largestFloat,
  type Numbers,
  type Packed,
  pack,
  type Scalars,
} from "@accord-rl/math";
import type { Scalar, Tensor, Tensor1D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { accumulateGradients, addGradients, gradientStep } from "./accumulate-gradients.ts";
import type { OptimizerGroup } from "./optimizer-group.ts";

type Tensors = Readonly<Record<string, Tensor>>;

export interface StepDefinition<Micro extends object, Sums extends Tensors> {
  /** For profiles and errors. */
  readonly name: string;
  /** The loss of a micro-batch, and what else is wanted of it, as sums that add up over micro-batches. */
  readonly loss: (micro: Micro, numbers: Scalars) => LossAndAuxiliary<Sums>;
  /** The numbers to log, from the sums over all micro-batches. Default: the sums themselves. */
  readonly measure?: (sums: Sums) => Scalars;
  readonly parameters: Parameters;
  readonly optimizers: Pick<OptimizerGroup, "update">;
  /** Compiles the gradients of a micro-batch, and the update. Default: op by op. */
  readonly compile?: Compile | undefined;
}

/** What a step may be given beside its micro-batches. */
export interface StepAdditions {
  /** Gradients of another loss, and its numbers to log. */
  readonly gradients?: Gradients | undefined;
  readonly numbers?: Scalars | undefined;
  /** More numbers that must be finite for the step to be made. */
  readonly measured?: Packed | undefined;
  /** bool: whether the step before was made, where steps follow each other in one call. One that was not stops all after it. */
  readonly previous?: Scalar | undefined;
}

export type StepResult<Sums extends Tensors = Tensors> = {
  /** loss, what the definition measures, gradientNorm (before clipping). */
  readonly numbers: Packed;
  /** bool: whether the step was made. */
  readonly applies: Scalar;
  /** As the loss handed them out, added up. */
  readonly sums: Sums;
};

/**
 * One optimizer step: from micro-batches to their gradients, to new parameters.
 *
 * @param numbers  by name: the optimizers' (`optimizers.numbers()`), those that the loss reads, and `limit.NAME`, which
 *   the absolute value of a measured number must not exceed.
 */
export type Step<Micro, Sums extends Tensors = Scalars> = (
  micros: Iterable<Micro>,
  numbers: Numbers,
  additions?: StepAdditions,
) => StepResult<Sums>;

/**
 * An optimizer step that changes nothing where a number, or the gradients' norm, is NaN, infinite or beyond its limit:
 * one compiled call, or a part of one.
 */
const createGuardedUpdate = (
  optimizers: Pick<OptimizerGroup, "update">,
  compile: Compile | undefined,
  name: string,
) =>
  compileTree(
    (
      { measured, gradients, previous }: { measured: Packed; gradients: Gradients; previous?: Scalar },
      numbers,
    ) => {
      const gradientNorm = globalNorm(gradients);
      const isWithin = (x: Tensor, limit: Tensor | number) => tf.all(tf.lessEqual(tf.abs(x), limit));
      const limits = measured.names.map((name) => numbers[`limit.${name}`]);
      const limit = limits.some((limit) => limit !== undefined)
        ? tf.stack(limits.map((limit) => limit ?? tf.scalar(largestFloat)))
        : largestFloat;
      const isFine = tf.logicalAnd(
        isWithin(measured.values, limit),
        isWithin(gradientNorm, largestFloat),
      ) as Scalar;
      const applies = previous ? (tf.logicalAnd(previous, isFine) as Scalar) : isFine;
      optimizers.update(gradients, numbers, applies);
      return { gradientNorm, applies };
    },
    compile,
    name,
  );

/**
 * Makes an optimizer step: the one place where a loss becomes an update.
 *
 * It is a function of tensors. Inside a compiled function it becomes a part of that call; called by itself, each
 * micro-batch's gradients are one call, and the update is one.
 */
export const createStep = <Micro extends object, Sums extends Tensors = Scalars>({
  name,
  loss: lossOf,
  measure = (sums) => sums as unknown as Scalars,
  parameters,
  optimizers,
  compile,
}: StepDefinition<Micro, Sums>): Step<Micro, Sums> => {
  const gradientsOf = gradientStep(lossOf, parameters, compile, `${name}.gradients`);
  const change = createGuardedUpdate(optimizers, compile, `${name}.change`);

  return (micros, numbers, additions = {}) =>
    tf.tidy(() => {
      const sums = accumulateGradients(micros, (micro) => gradientsOf(micro, numbers));
      const gradients = additions.gradients
        ? addGradients(sums.gradients, additions.gradients)
        : sums.gradients;
      const logged = pack({ loss: sums.loss, ...measure(sums.auxiliary), ...additions.numbers });
      const { gradientNorm, applies } = change(
        {
          measured: additions.measured ? joinPacked([logged, additions.measured]) : logged,
          gradients,
          ...(additions.previous && { previous: additions.previous }),
        },
        numbers,
      );
      const norm = { names: ["gradientNorm"], values: tf.reshape(gradientNorm, [1]) as Tensor1D };
      return { numbers: joinPacked([logged, norm]), applies, sums: sums.auxiliary };
    });
};
