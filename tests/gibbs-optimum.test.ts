/**
 * PPO under a KL penalty must end where theory says: at π*(y) ∝ π_ref(y)·exp(r(y)/β) with k1 in the reward, and at the
 * fixed point of the token KL with the exact KL in the loss.
 *
 * Rollouts are not drawn but spread over the actions by their probabilities, so there is next to no noise. Whitening
 * and the entropy bonus are off: at the optimum all advantages are equal, so that the first only amplifies noise, and
 * the second moves the optimum.
 */
import { createRandom, disposeRollout, type KlRegularizer } from "@accord-rl/core";
import { enumerateResponses, solveGibbs, solveTokenKl, type TokenMdp } from "@accord-rl/environments";
import { createKlRegularizer, exact, fixed, k1 } from "@accord-rl/kl-regularizers";
import { adam, linearSchedule, type OptimizerFactory } from "@accord-rl/math";
import { createPpo } from "@accord-rl/ppo";
import {
  createTabularPolicy,
  createTabularRollout,
  createTabularValues,
  type TabularObservations,
  type TabularPolicy,
  type TabularTask,
} from "@accord-rl/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";

type Regularizer = KlRegularizer<TabularObservations>;

interface Setting {
  readonly task: TabularTask;
  /** S × A probabilities. */
  readonly reference: number[][];
  readonly updates: number;
  readonly regularize: (reference: TabularPolicy) => Regularizer;
  readonly optimizer?: (factory: OptimizerFactory) => OptimizerFactory;
}

/** S × A probabilities after training from the reference. */
const train = async ({ task, reference, updates, regularize, optimizer = (factory) => factory }: Setting) => {
  const policy = createTabularPolicy(reference.map((row) => row.map(Math.log)));
  const values = createTabularValues(reference.map(() => 0));
  const frozen = policy.clone();
  const epochs = 2;
  const learningRate = linearSchedule({ from: 0.1, to: 0, steps: epochs * updates });
  const ppo = createPpo({
    policy,
    values,
    optimizer: optimizer(adam({ learningRate })),
    random: createRandom(0),
    regularizer: regularize(frozen),
    options: { whitening: null, entropyCoefficient: 0, epochs, valueCoefficient: 1, valueClipEpsilon: null },
  });
  for (let update = 0; update < updates; update++) {
    const rollout = await createTabularRollout({ policy, task, size: 2000 });
    await ppo.update(rollout);
    disposeRollout(rollout);
  }
  const learned = await policy.probabilities();
  for (const part of [ppo, policy, values, frozen]) part.dispose();
  return learned;
};

const k1InReward = (beta: number) => (reference: TabularPolicy) =>
  createKlRegularizer({ reference, estimator: k1, placement: "reward", coefficient: fixed(beta) });

const exactInLoss = (beta: number) => (reference: TabularPolicy) =>
  createKlRegularizer({ reference, estimator: exact, placement: "loss", coefficient: fixed(beta) });

/** Rewards distance from the reference: what a penalty of the wrong sign does. */
const rewarded =
  (regularize: Setting["regularize"]): Setting["regularize"] =>
  (reference) => {
    const regularizer = regularize(reference);
    return { ...regularizer, penalty: (inputs) => tf.tidy(() => tf.neg(regularizer.penalty(inputs))) };
  };

/** Climbs the loss: what a loss of the wrong sign does. */
const climbing =
  (factory: OptimizerFactory): OptimizerFactory =>
  (parameters) => {
    const optimizer = factory(parameters);
    const apply: typeof optimizer.apply = (gradients) =>
      tf.tidy(() =>
        optimizer.apply(
          Object.fromEntries(Object.entries(gradients).map(([name, gradient]) => [name, tf.neg(gradient)])),
        ),
      );
    return { ...optimizer, apply };
  };

const largestError = (actual: readonly number[], expected: readonly number[]): number =>
  Math.max(...actual.map((value, i) => Math.abs(value - expected[i]!)));

describe("one token, π_ref = [.5, .3, .2], r = [0, 1, 2]", () => {
  const setting = {
    task: { steps: 1, next: () => 0, reward: (_: number, action: number) => action },
    reference: [[0.5, 0.3, 0.2]],
    updates: 150,
  };

  test.each([
    [1, [0.179, 0.291944, 0.529056]],
    [0.5, [0.036667, 0.162559, 0.800774]],
  ])("k1 in the reward reaches the Gibbs optimum at β = %d", async (beta, expected) => {
    const [learned] = await train({ ...setting, regularize: k1InReward(beta) });
    expect(largestError(learned!, expected)).toBeLessThan(0.005);
  });

  test("so does the exact KL in the loss: with one token they are the same", async () => {
    const [learned] = await train({ ...setting, regularize: exactInLoss(1) });
    expect(largestError(learned!, [0.179, 0.291944, 0.529056])).toBeLessThan(0.005);
  });

  test.each([
    ["the penalty", { regularize: rewarded(k1InReward(1)) }],
    ["the penalty in the loss", { regularize: rewarded(exactInLoss(1)) }],
    ["the loss", { regularize: k1InReward(1), optimizer: climbing }],
  ])("a flipped sign of %s does not", async (_, flipped) => {
    const [learned] = await train({ ...setting, ...flipped, updates: 60 });
    expect(largestError(learned!, [0.179, 0.291944, 0.529056])).toBeGreaterThan(0.1);
  });
});

describe("two tokens", () => {
  const rewards = [
    [0, 1],
    [0, 2],
  ];
  const mdp: TokenMdp = {
    vocabularySize: 2,
    length: 2,
    reference: (prefix) => (prefix[0] === 1 ? [0.9, 0.1] : [0.5, 0.5]),
    reward: ([first, second]) => rewards[first!]![second!]!,
  };
  /** State 0 is the start; 1 and 2 come after token 0 and 1. */
  const setting = {
    task: {
      steps: 2,
      next: (state: number, action: number) => (state === 0 ? 1 + action : 0),
      reward: (state: number, action: number) => (state === 0 ? 0 : rewards[state - 1]![action]!),
    },
    reference: [[0.5, 0.5], mdp.reference([0]), mdp.reference([1])].map((row) => [...row]),
    updates: 200,
  };
  const responsesOf = (policy: number[][]): number[] =>
    enumerateResponses(mdp).map(([first, second]) => policy[0]![first!]! * policy[1 + first!]![second!]!);

  const gibbs = [0.142937, 0.388543, 0.257286, 0.211234];
  const tokenKl = [0.123025, 0.334416, 0.297944, 0.244614];

  test("k1 in the reward reaches the Gibbs optimum over whole responses", async () => {
    const learned = responsesOf(await train({ ...setting, regularize: k1InReward(1) }));
    expect(largestError(learned, gibbs)).toBeLessThan(0.005);
    expect(largestError(learned, [...solveGibbs(mdp, { beta: 1 }).probabilities])).toBeLessThan(0.005);
  });

  test("the exact token KL in the loss reaches its own fixed point, another one", async () => {
    const learned = responsesOf(await train({ ...setting, regularize: exactInLoss(1) }));
    expect(largestError(learned, tokenKl)).toBeLessThan(0.005);
    expect(largestError(learned, [...solveTokenKl(mdp, { beta: 1 }).probabilities])).toBeLessThan(0.005);
    expect(largestError(learned, gibbs)).toBeGreaterThan(0.03);
  });

  test.each([
    ["k1 in the reward", rewarded(k1InReward(1)), gibbs],
    ["the exact KL in the loss", rewarded(exactInLoss(1)), tokenKl],
  ])("a flipped sign of %s does not", async (_, regularize, optimum) => {
    const learned = responsesOf(await train({ ...setting, regularize, updates: 60 }));
    expect(largestError(learned, optimum)).toBeGreaterThan(0.1);
  });
});
