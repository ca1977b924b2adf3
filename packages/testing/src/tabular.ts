import type {
  ActionEvaluation,
  Decisions,
  EvaluationRequest,
  Policy,
  Random,
  Rollout,
  ValueFunction,
} from "@accord-rl/core";
import {
  embedding,
  entropy,
  logSoftmax,
  parametersState,
  restoreParameters,
  selectedLogProbs,
} from "@accord-rl/math";
import * as tf from "@tensorflow/tfjs-core";

/** States of a small Markov decision process, by number. */
export type TabularObservations = {
  /** [B, T] int32. */
  readonly states: tf.Tensor2D;
  /** [B, T] int32; the true successors. */
  readonly nextStates: tf.Tensor2D;
};

/** A softmax over actions for each state: can be checked against pencil and paper. */
export interface TabularPolicy extends Policy<TabularObservations> {
  /** S × A. */
  probabilities(): Promise<number[][]>;
  /** @param states [B] int32. @returns [B] each, owned by the caller. */
  act(states: tf.Tensor, random: Random): Promise<{ actions: tf.Tensor1D; logProbs: tf.Tensor1D }>;
  /** A copy with its own parameters, such as a reference. */
  clone(): TabularPolicy;
}

/** The smallest index whose cumulative share exceeds `u`, and where `u` lies within that index's share. */
export const pick = (shares: readonly number[], u: number): { index: number; rest: number } => {
  let below = 0;
  for (const [index, share] of shares.entries()) {
    if (u < below + share) return { index, rest: (u - below) / share };
    below += share;
  }
  // Rounding: the shares add up to a little less than 1.
  return { index: shares.findLastIndex((share) => share > 0), rest: 0 };
};

/**
 * A policy that is a table of logits.
 *
 * @param logits  S × A first values; log-probabilities will do.
 */
export const createTabularPolicy = (logits: readonly (readonly number[])[]): TabularPolicy => {
  const table = tf.tidy(() =>
    tf.variable(tf.tensor2d(logits.map((row) => [...row]))),
  ) as tf.Variable<tf.Rank.R2>;
  const parameters = { logits: table };
  const read = async (tensor: tf.Tensor2D): Promise<number[][]> => {
    const rows = await tensor.array();
    tensor.dispose();
    return rows;
  };
  const probabilities = () => read(tf.softmax(table) as tf.Tensor2D);

  const evaluate = (
    { observations, actions }: Decisions<TabularObservations>,
    request: EvaluationRequest = {},
  ): ActionEvaluation =>
    tf.tidy(() => {
      const rows = embedding(table, observations.states) as tf.Tensor3D; // [B, T, A]
      return {
        logProbs: selectedLogProbs(rows, actions) as tf.Tensor2D,
        ...(request.entropy ? { entropy: entropy(rows) as tf.Tensor2D } : {}),
        ...(request.distribution ? { distribution: logSoftmax(rows) } : {}),
      };
    });

  return {
    parameters,
    probabilities,
    evaluate,
    act: async (states, random) => {
      const shares = await probabilities();
      const chosen = Array.from(
        await states.data(),
        (state) => pick(shares[state] as number[], random.uniform()).index,
      );
      const actions = tf.tensor1d(chosen, "int32");
      const logProbs = tf.tidy(() => selectedLogProbs(embedding(table, states), actions) as tf.Tensor1D);
      return { actions, logProbs };
    },
    clone: () => createTabularPolicy(table.arraySync()),
    state: async () => ({ tensors: await parametersState(parameters), json: null }),
    restore: ({ tensors }) => restoreParameters(parameters, tensors, "TabularPolicy.restore"),
    dispose: () => table.dispose(),
  };
};

/** A value function that is a table. @param values S first values. */
export const createTabularValues = (
  values: readonly number[],
): ValueFunction<TabularObservations> & { read(): Promise<number[]> } => {
  const table = tf.tidy(() =>
    tf.variable(tf.tensor2d([...values], [values.length, 1])),
  ) as tf.Variable<tf.Rank.R2>;
  const parameters = { values: table };
  const at = (states: tf.Tensor2D): tf.Tensor2D => tf.reshape(embedding(table, states), states.shape);
  return {
    parameters,
    read: async () => Array.from(await table.data()),
    values: ({ observations }) => tf.tidy(() => at(observations.states)),
    valuesAndNext: ({ observations, terminated, valid }: Rollout<TabularObservations>) =>
      tf.tidy(() => ({
        values: at(observations.states),
        nextValues: tf.mul(tf.mul(at(observations.nextStates), tf.sub(1, terminated)), valid) as tf.Tensor2D,
      })),
    state: async () => ({ tensors: await parametersState(parameters), json: null }),
    restore: ({ tensors }) => restoreParameters(parameters, tensors, "TabularValues.restore"),
    dispose: () => table.dispose(),
  };
};
