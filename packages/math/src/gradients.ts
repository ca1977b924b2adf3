import "./register-gradients.ts";
import { InvalidArgumentError, type Parameters } from "@accord-rl/core";
import type { Scalar, Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { sumAll } from "./accurate-sum.ts";
import { checkShape } from "./check-shape.ts";

/** Gradients by the parameters' names. */
export type Gradients = Record<string, Tensor>;

type Tensors = Readonly<Record<string, Tensor>>;

export interface LossAndAuxiliary<A extends Tensors = Tensors> {
  /** A scalar. */
  readonly loss: Tensor;
  /** Tensors to hand out of the closure, such as the numbers to log. */
  readonly auxiliary?: A;
}

export interface ValueAndGradients<A extends Tensors = Tensors> {
  readonly loss: Scalar;
  readonly gradients: Gradients;
  /** As the closure gave them; empty when it gave none. */
  readonly auxiliary: A;
}

/**
 * A loss, its gradients and whatever else the closure hands out. The caller owns all of them.
 *
 * A parameter that the loss does not depend on gets a gradient of zeros. Whether the numbers are finite is for the
 * caller to check, once they are read.
 *
 * @throws InvalidArgumentError when the loss depends on none of the parameters.
 */
export const valueAndGradients = <A extends Tensors = Tensors>(
  fn: () => LossAndAuxiliary<A>,
  parameters: Parameters,
): ValueAndGradients<A> => {
  const names = Object.keys(parameters);
  const variables = Object.values(parameters);
  let auxiliary: Record<string, Tensor> = {};
  try {
    return tf.tidy(() => {
      const { value, grads } = tf.engine().gradients(
        () => {
          const result = fn();
          checkShape("valueAndGradients", "loss", result.loss, [], "reduce it to a scalar");
          // The engine disposes of what the closure made; clones that are kept survive it.
          auxiliary = Object.fromEntries(
            Object.entries(result.auxiliary ?? {}).map(([name, tensor]) => [name, tf.keep(tf.clone(tensor))]),
          );
          return result.loss;
        },
        variables,
        undefined,
        true,
      );
      if (grads.every((gradient) => gradient === undefined || gradient === null)) {
        throw new InvalidArgumentError({
          argument: "parameters",
          value: names,
          message: `valueAndGradients: the loss depends on none of the parameters (${names.slice(0, 4).join(", ")}); compute it inside the closure, from these variables`,
        });
      }
      const gradients = Object.fromEntries(
        names.map((name, i) => [name, grads[i] ?? tf.zerosLike(variables[i] as Tensor)]),
      );
      const handedOut = Object.fromEntries(
        Object.entries(auxiliary).map(([name, tensor]) => [name, tf.clone(tensor)]),
      );
      return { loss: value as Scalar, gradients, auxiliary: handedOut as unknown as A };
    });
  } finally {
    tf.dispose(auxiliary);
  }
};

/** √Σ‖gᵢ‖² over all gradients. */
export const globalNorm = (gradients: Tensors): Scalar =>
  tf.tidy(() => {
    const squares = Object.values(gradients).map((gradient) => sumAll(tf.square(gradient)));
    // Not addN: a WebGPU shader takes no more than eight buffers.
    return tf.sqrt(tf.sum(tf.stack(squares))) as Scalar;
  });

/** min(1, maxNorm / norm): what gradients are multiplied by. */
export const clipScale = (norm: Scalar, maxNorm: number): Scalar =>
  tf.tidy(() => tf.minimum(tf.div(maxNorm, tf.add(norm, 1e-6)), 1) as Scalar);

/**
 * Scales all gradients by one factor, so that their global norm is at most `maxNorm`.
 *
 * The factor is min(1, maxNorm / (norm + 1e-6)), as PyTorch's clip_grad_norm_ has it.
 *
 * @returns the scaled gradients, and the norm before.
 * @see Pascanu et al. 2013. https://arxiv.org/abs/1211.5063
 */
export const clipByGlobalNorm = (
  gradients: Tensors,
  maxNorm: number,
): { gradients: Gradients; norm: Scalar } =>
  tf.tidy(() => {
    const norm = globalNorm(gradients);
    const scale = clipScale(norm, maxNorm);
    const scaled = Object.entries(gradients).map(([name, gradient]) => [name, tf.mul(gradient, scale)]);
    return { gradients: Object.fromEntries(scaled) as Gradients, norm };
  });
