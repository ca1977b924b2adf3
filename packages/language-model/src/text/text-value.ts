import type { Backbone, Rollout, TextObservations, ValueFunction } from "@accord-rl/core";
import { mergeParameters, parametersState, restoreParameters } from "@accord-rl/math";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { allStates, responseStates } from "./response-states.ts";
import { createScalarHead, type ScalarHead } from "./scalar-head.ts";
import type { TextPolicy } from "./text-policy.ts";

/** V of every state, then of every successor: 0 where the text ended or is padding. */
const valuesAndNext = (backbone: Backbone, head: ScalarHead, rollout: Rollout<TextObservations>) =>
  tf.tidy(() => {
    const all = head.apply(allStates(backbone, rollout)) as Tensor2D; // [B, T + 1]
    const [batch, steps] = rollout.actions.shape;
    const counts = tf.mul(rollout.valid, tf.sub(1, rollout.terminated));
    return {
      values: tf.slice(all, [0, 0], [batch, steps]),
      nextValues: tf.mul(tf.slice(all, [0, 1], [batch, steps]), counts) as Tensor2D,
    };
  });

/**
 * V(s) of a text so far, from a backbone of its own. Its head starts at 0.
 *
 * Gradient flows to the backbone and the head. Takes ownership of the backbone: give it a clone.
 */
export const createTextValueFunction = (backbone: Backbone): ValueFunction<TextObservations> => {
  const head = createScalarHead(backbone.width);
  const parameters = mergeParameters({ backbone: backbone.parameters, head: head.parameters });
  return {
    parameters,
    values: (batch) => tf.tidy(() => head.apply(responseStates(backbone, batch)) as Tensor2D),
    valuesAndNext: (rollout) => valuesAndNext(backbone, head, rollout),
    state: async () => ({ tensors: await parametersState(parameters), json: null }),
    restore: (state) => restoreParameters(parameters, state.tensors, "TextValueFunction.restore"),
    dispose: () => {
      backbone.dispose();
      head.dispose();
    },
  };
};

/**
 * V(s) from the policy's own trunk: one forward pass gives log-probabilities and values. Its head starts at 0.
 *
 * Gradient flows to the trunk and the head, and `parameters` lists both. State and `dispose` are the head's alone,
 * since the trunk is the policy's.
 */
export const createValueHead = (
  policy: TextPolicy,
): ValueFunction<TextObservations> & Required<Pick<ValueFunction<TextObservations>, "evaluateJointly">> => {
  const { model } = policy;
  const head = createScalarHead(model.width);
  return {
    parameters: mergeParameters({ policy: policy.parameters, head: head.parameters }),
    values: (batch) => tf.tidy(() => head.apply(responseStates(model, batch)) as Tensor2D),
    valuesAndNext: (rollout) => valuesAndNext(model, head, rollout),
    evaluateJointly: (batch, request) =>
      tf.tidy(() => {
        const states = responseStates(model, batch);
        return {
          ...policy.evaluateStates(states, batch.actions, request),
          values: head.apply(states) as Tensor2D,
        };
      }),
    state: head.state,
    restore: head.restore,
    dispose: head.dispose,
  };
};
