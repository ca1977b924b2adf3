import { logSoftmax, selectedLogProbs } from "@accord-rl/math";
import { createTabularPolicy } from "@accord-rl/testing";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { fixed } from "./controllers.ts";
import { exact, k1, k2 } from "./estimators.ts";
import { createKlRegularizer } from "./kl-regularizer.ts";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

// Two tokens of two kinds, β = 1. All four responses, and where each of their tokens is chosen:
// state 0 = the beginning, 1 and 2 = after token 0 and 1.
const states = [
  [0, 1],
  [0, 1],
  [0, 2],
  [0, 2],
];
const tokens = [
  [0, 0],
  [0, 1],
  [1, 0],
  [1, 1],
];
const rewards = [
  [0, 0],
  [0, 1],
  [0, 0],
  [0, 2],
];
const referenceProbabilities = [
  [0.5, 0.5],
  [0.5, 0.5],
  [0.9, 0.1],
];

const int = (rows: number[][]) => tf.tensor2d(rows, [4, 2], "int32");
const reference = createTabularPolicy(referenceProbabilities.map((row) => row.map(Math.log)));

/** Ascends an expected objective over all four responses exactly, and gives their probabilities. */
const ascend = (
  surrogate: (evaluation: { logProbs: tf.Tensor2D; distribution: tf.Tensor3D }) => tf.Tensor,
) => {
  const oneHot = tf.oneHot(int(states), 3); // [4, 2, 3]: picks each step's row of the table
  const evaluate = (logits: tf.Tensor) => {
    const rows = tf.reshape(
      tf.matMul(tf.reshape(tf.cast(oneHot, "float32"), [8, 3]), logits as tf.Tensor2D),
      [4, 2, 2],
    );
    const logProbs = selectedLogProbs(rows, int(tokens)) as tf.Tensor2D; // [4, 2]
    return { logProbs, distribution: logSoftmax(rows) as tf.Tensor3D };
  };
  const probabilities = (logits: tf.Tensor) => tf.exp(tf.sum(evaluate(logits).logProbs, 1)); // [4]
  let logits = tf.log(tf.tensor2d(referenceProbabilities)) as tf.Tensor;
  for (let step = 0; step < 400; step++) {
    logits = tf.tidy(() => {
      const now = probabilities(logits);
      const gradient = tf.grad((x) => tf.sum(tf.mul(now, tf.sum(surrogate(evaluate(x)), 1))))(logits);
      return tf.add(logits, tf.mul(2, gradient));
    });
  }
  return probabilities(logits);
};

const batch = { observations: { states: int(states), nextStates: int(states) }, actions: int(tokens) };
const rewardToGo = (perStep: tf.Tensor) => tf.cumsum(perStep, 1, false, true);

describe("two tokens: which KL is regularised", () => {
  // p ∝ p_ref·exp(r) over whole responses: the optimum of E r − KL(sequences)
  const gibbs = [0.142937, 0.388543, 0.257286, 0.211234];
  // what the token KL leads to when it ignores where the tokens lead
  const tokenwise = [0.123025, 0.334416, 0.297944, 0.244614];

  it("k1 in the reward, with reward-to-go: that of whole responses", () => {
    const regularizer = createKlRegularizer({
      reference,
      estimator: k1,
      placement: "reward",
      coefficient: fixed(1),
    });
    const view = regularizer.evaluateReference(batch);
    const optimum = ascend((policy) => {
      const inputs = { policy, reference: view, behaviourLogProbs: policy.logProbs };
      const frozen = tf.tensor2d(regularizer.penalty(inputs).arraySync());
      const shaped = tf.sub(tf.tensor2d(rewards), tf.mul(regularizer.coefficient, frozen));
      return tf.mul(rewardToGo(shaped), policy.logProbs);
    });
    expect(optimum).toBeAllClose(gibbs, { atol: 1e-5 });
  });

  it.each([
    ["exact", exact],
    ["k2", k2],
  ] as const)("%s in the loss: that of tokens, states held fixed", (_, estimator) => {
    const regularizer = createKlRegularizer({
      reference,
      estimator,
      placement: "loss",
      coefficient: fixed(1),
    });
    const view = regularizer.evaluateReference(batch);
    const optimum = ascend((policy) => {
      const inputs = { policy, reference: view, behaviourLogProbs: policy.logProbs };
      const gain = tf.mul(rewardToGo(tf.tensor2d(rewards)), policy.logProbs);
      return tf.sub(gain, tf.mul(regularizer.coefficient, regularizer.penalty(inputs)));
    });
    expect(optimum).toBeAllClose(tokenwise, { atol: 1e-5 });
  });
});
