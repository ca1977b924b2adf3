import type { Disposable, Parameters, Stateful } from "@accord-rl/core";
import { linear, parametersState, restoreParameters } from "@accord-rl/math";
import type { Tensor, Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";

/** A layer from hidden states to one number each. */
export interface ScalarHead extends Stateful, Disposable {
  readonly parameters: Parameters;
  /** @param hidden [..., D]. @returns [...] */
  apply(hidden: Tensor): Tensor;
}

/** Starts at zero: the values are 0 until they are learned, so they can't mislead the first updates. */
export const createScalarHead = (width: number): ScalarHead => {
  const parameters = tf.tidy(() => ({
    weight: tf.variable(tf.zeros([1, width])),
    bias: tf.variable(tf.zeros([1])),
  }));
  const { weight, bias } = parameters as unknown as { weight: Tensor2D; bias: Tensor1D };
  return {
    parameters,
    apply: (hidden) => tf.tidy(() => tf.reshape(linear(hidden, weight, bias), hidden.shape.slice(0, -1))),
    state: async () => ({ tensors: await parametersState(parameters), json: null }),
    restore: (state) => restoreParameters(parameters, state.tensors, "ValueHead.restore"),
    dispose: () => tf.dispose(Object.values(parameters)),
  };
};
