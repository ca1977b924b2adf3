import {
  type Actor,
  type ControlObservations,
  type NestedNumbers,
  type Policy,
  type Random,
  requireCount,
  type ValueFunction,
} from "@accord-rl/core";
import {
  entropy,
  logSoftmax,
  parametersState,
  restoreParameters,
  sampleCategorical,
  sampleCategoricalOnHost,
  selectedLogProbs,
} from "@accord-rl/math";
import type { Tensor, Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { createHostMlp, onHost } from "./host-mlp.ts";
import { asBatch, createObservationMlp, type MlpOptions } from "./mlp.ts";
import { orthogonalLayers } from "./mlp-layer.ts";

export interface MlpPolicyOptions extends MlpOptions {
  /** A: number of discrete actions. */
  readonly actions: number;
}

/** An actor that reads arrays too. */
type ArrayActor = Required<Actor> & {
  /** @param observations [B, …], nested or flat. @throws ShapeError for arrays of another shape. */
  act(observations: Tensor | NestedNumbers, random: Random): ReturnType<Actor["act"]>;
};

/** A categorical policy that acts in vectorised environments, on tensors or without. */
export type MlpPolicy = Policy<ControlObservations> &
  ArrayActor & {
    /** Takes the most likely action; for evaluation. Its log-probs are 0. */
    readonly greedy: ArrayActor;
  };

/** In (0, 1): what the cumulative distribution is inverted at. */
const draw = (random: Random): number => random.uniform() + 2 ** -33;

/**
 * A categorical policy for control: perceptron with tanh, orthogonal weights, output gain 0.01, so that it starts
 * almost uniform.
 */
export const createMlpPolicy = (options: MlpPolicyOptions): MlpPolicy => {
  const { actions: outputs } = options;
  requireCount("createMlpPolicy", "actions", outputs);
  const { mlp, parameters, apply } = createObservationMlp("createMlpPolicy", options, {
    outputs,
    initialize: orthogonalLayers(0.01),
  });
  const logitsOnHost = onHost({
    mlps: [mlp],
    inputs: mlp.inputs,
    outputs,
    forward: createHostMlp(mlp),
    apply: mlp.apply,
  });
  const read = (observations: Tensor | NestedNumbers) =>
    asBatch("MlpPolicy.act", observations, options.observationShape);
  const greedy: MlpPolicy["greedy"] = {
    act: async (observations: Tensor | NestedNumbers) =>
      tf.tidy(() => {
        const actions = tf.argMax<tf.Tensor1D>(apply(read(observations)), 1); // [B]
        return { actions, logProbs: tf.zeros<tf.Rank.R1>(actions.shape) };
      }),
    actOnHost: (observations, size) => {
      const logits = logitsOnHost(observations, size); // [B, A]
      const rows = Array.from({ length: size }, (_, row) =>
        logits.subarray(row * outputs, (row + 1) * outputs),
      );
      const actions = Int32Array.from(rows, (row) => row.indexOf(Math.max(...row)));
      return { actions, logProbs: new Float32Array(size) };
    },
  };
  return {
    parameters,
    greedy,
    evaluate: ({ observations, actions }, request = {}) =>
      tf.tidy(() => {
        const logits = apply(observations.current) as Tensor3D; // [B, T, A]
        return {
          logProbs: selectedLogProbs(logits, actions) as Tensor2D,
          ...(request.entropy ? { entropy: entropy(logits) as Tensor2D } : {}),
          ...(request.distribution ? { distribution: logSoftmax(logits) } : {}),
        };
      }),
    act: async (observations: Tensor | NestedNumbers, random: Random) =>
      tf.tidy(() => {
        const logits = apply(read(observations)) as Tensor2D; // [B, A]
        const draws = Float32Array.from({ length: logits.shape[0] }, () => draw(random));
        const { tokens, logProbs } = sampleCategorical(logits, tf.tensor1d(draws));
        return { actions: tokens, logProbs };
      }),
    actOnHost: (observations, size, random) => {
      const logits = logitsOnHost(observations, size); // [B, A]
      const actions = new Int32Array(size);
      const logProbs = new Float32Array(size);
      for (let row = 0; row < size; row++) {
        const choice = sampleCategoricalOnHost(
          logits.subarray(row * outputs, (row + 1) * outputs),
          draw(random),
        );
        actions[row] = choice.index;
        logProbs[row] = choice.logProb;
      }
      return { actions, logProbs };
    },
    state: async () => ({ tensors: await parametersState(parameters), json: null }),
    restore: (state) => restoreParameters(parameters, state.tensors, "MlpPolicy.restore"),
    dispose: () => tf.dispose(Object.values(parameters)),
  };
};

/** V(s) for control: perceptron with tanh, orthogonal weights, output gain 1. */
export const createMlpValueFunction = (options: MlpOptions): ValueFunction<ControlObservations> => {
  const { parameters, apply } = createObservationMlp("createMlpValueFunction", options, {
    outputs: 1,
    initialize: orthogonalLayers(1),
  });
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
