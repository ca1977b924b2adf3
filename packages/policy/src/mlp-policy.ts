import type { Actor, ControlObservations, Policy, ValueFunction } from "@accord-rl/core";
import { entropy, logSoftmax, parametersState, restoreParameters, selectedLogProbs } from "@accord-rl/math";
import type { Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { checkCount } from "./check.ts";
import { createMlp, type MlpOptions } from "./mlp.ts";
import { sampleAll } from "./sampling.ts";

export interface MlpPolicyOptions extends MlpOptions {
  /** A: number of discrete actions. */
  readonly actions: number;
}

/** A categorical policy that acts in vectorised environments. */
export type MlpPolicy = Policy<ControlObservations> & Actor;

/**
 * A categorical policy for control: perceptron with tanh, orthogonal weights, output gain 0.01, so that it starts
 * almost uniform.
 */
export const createMlpPolicy = (options: MlpPolicyOptions): MlpPolicy => {
  checkCount("createMlpPolicy", "actions", options.actions);
  const { parameters, apply } = createMlp("createMlpPolicy", options, {
    outputs: options.actions,
    outputGain: 0.01,
  });
  return {
    parameters,
    evaluate: ({ observations, actions }, request = {}) =>
      tf.tidy(() => {
        const logits = apply(observations.current) as Tensor3D; // [B, T, A]
        return {
          logProbs: selectedLogProbs(logits, actions) as Tensor2D,
          ...(request.entropy ? { entropy: entropy(logits) as Tensor2D } : {}),
          ...(request.distribution ? { distribution: logSoftmax(logits) } : {}),
        };
      }),
    act: async (observations, random) =>
      tf.tidy(() => {
        const logits = apply(observations) as Tensor2D; // [B, A]
        const draws = Float32Array.from({ length: logits.shape[0] }, () => random.uniform() + 2 ** -33);
        const { tokens, logProbs } = sampleAll(logits, tf.tensor1d(draws));
        return { actions: tokens, logProbs };
      }),
    state: async () => ({ tensors: await parametersState(parameters), json: null }),
    restore: (state) => restoreParameters(parameters, state.tensors, "MlpPolicy.restore"),
    dispose: () => tf.dispose(Object.values(parameters)),
  };
};

/** V(s) for control: perceptron with tanh, orthogonal weights, output gain 1. */
export const createMlpValueFunction = (options: MlpOptions): ValueFunction<ControlObservations> => {
  const { parameters, apply } = createMlp("createMlpValueFunction", options, { outputs: 1, outputGain: 1 });
  const valuesOf = (observations: tf.Tensor): Tensor2D => tf.squeeze(apply(observations), [-1]) as Tensor2D; // [B, T]
  return {
    parameters,
    values: ({ observations }) => tf.tidy(() => valuesOf(observations.current)),
    valuesAndNext: ({ observations, valid, terminated }) =>
      tf.tidy(() => ({
        values: valuesOf(observations.current),
        nextValues: tf.mul(valuesOf(observations.next), tf.mul(valid, tf.sub(1, terminated))) as Tensor2D,
      })),
    state: async () => ({ tensors: await parametersState(parameters), json: null }),
    restore: (state) => restoreParameters(parameters, state.tensors, "MlpValueFunction.restore"),
    dispose: () => tf.dispose(Object.values(parameters)),
  };
};
