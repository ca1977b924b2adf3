import { type Compile, InvalidArgumentError, type Parameters } from "@accord-rl/core";
import {
  compileTree,
  type Gradients,
  type LossAndAuxiliary,
  type Numbers,
  type Scalars,
  type ValueAndGradients,
  valueAndGradients,
} from "@accord-rl/math";
import type { Scalar, Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";

type Tensors = Readonly<Record<string, Tensor>>;

/** The sum of two sets of gradients of the same parameters. */
export const addGradients = (left: Tensors, right: Tensors): Gradients =>
  tf.tidy(() =>
    Object.fromEntries(
      Object.entries(left).map(([name, gradient]) => [name, tf.add(gradient, gradientOf(right, name))]),
    ),
  );

const gradientOf = (gradients: Tensors, name: string): Tensor => {
  const gradient = gradients[name];
  if (gradient !== undefined) return gradient;
  throw new InvalidArgumentError({
    argument: "gradients",
    value: Object.keys(gradients),
    message: `addGradients: ${name} is missing from the second set; both must come from the same parameters`,
  });
};

/** A function from a batch, and numbers by name, to its loss and gradients. */
export type GradientStep<Batch, A extends Tensors = Tensors> = (
  batch: Batch,
  numbers?: Numbers,
) => ValueAndGradients<A>;

/**
 * The loss of a batch together with its gradients, as one function: one call where it is compiled.
 *
 * @param fn    the loss. When it is compiled, all that changes from batch to batch must be tensors of the batch, or numbers.
 * @param name  for profiles and messages.
 */
export const gradientStep = <Batch extends object, A extends Tensors = Tensors>(
  fn: (batch: Batch, numbers: Scalars) => LossAndAuxiliary<A>,
  parameters: Parameters,
  compile?: Compile,
  name = "gradients",
): GradientStep<Batch, A> =>
  compileTree(
    (batch: Batch, numbers) => valueAndGradients(() => fn(batch, numbers), parameters),
    compile,
    name,
  );

/**
 * Adds up micro-batches: the sum of their losses, gradients and auxiliary tensors.
 *
 * With weights from a LossAggregation over the whole minibatch, the sum is the minibatch's loss and gradient,
 * however it is cut. Only one micro-batch's activations are alive at a time.
 *
 * @param batches  at least one.
 * @param step     loss and gradients of one micro-batch: a `gradientStep`.
 */
export const accumulateGradients = <Batch, A extends Tensors = Tensors>(
  batches: Iterable<Batch>,
  step: GradientStep<Batch, A>,
): ValueAndGradients<A> =>
  tf.tidy(() => {
    let total: ValueAndGradients<A> | undefined;
    for (const batch of batches) {
      const next = step(batch);
      total = total === undefined ? next : addAndDispose(total, next);
    }
    if (total === undefined) {
      throw new InvalidArgumentError({
        argument: "batches",
        value: 0,
        message: "accumulateGradients: got no micro-batch, expected at least one",
      });
    }
    const { loss, gradients, auxiliary } = total;
    return { loss, gradients, auxiliary: auxiliary ?? ({} as A) };
  });

const addAndDispose = <A extends Tensors>(
  left: ValueAndGradients<A>,
  right: ValueAndGradients<A>,
): ValueAndGradients<A> => {
  const sum = {
    loss: tf.add(left.loss, right.loss) as Scalar,
    gradients: addGradients(left.gradients, right.gradients),
    auxiliary: addGradients(left.auxiliary ?? {}, right.auxiliary ?? {}) as unknown as A,
  };
  for (const { loss, gradients, auxiliary } of [left, right]) {
    loss.dispose();
    tf.dispose(gradients);
    tf.dispose(auxiliary as Tensors as Record<string, Tensor>);
  }
  return sum;
};
