/**
 * Token languages so small that the optimum under a KL penalty is known, and the algorithms that must reach it.
 *
 * Rollouts are not drawn but spread over the responses by their probabilities, so there is next to no noise. Whitening
 * and entropy bonuses are off: at the optimum all advantages are equal, so that the first only amplifies noise, and the
 * second moves the optimum.
 */
import {
  type Algorithm,
  createRandom,
  disposeRollout,
  type GroupedRollout,
  type KlRegularizer,
} from "@accord-rl/core";
import { enumerateResponses, type TokenMdp } from "@accord-rl/environments";
import { adam, linearSchedule, type OptimizerFactory } from "@accord-rl/learning";
import {
  createTabularPolicy,
  createTabularRollout,
  createTabularValues,
  type TabularObservations,
  type TabularPolicy,
  type TabularTask,
} from "@accord-rl/testing";
import * as tf from "@tensorflow/tfjs-core";

export type Regularize = (reference: TabularPolicy) => KlRegularizer<TabularObservations>;

/** A token language as a table: state s is the s-th shortest prefix, 0 the empty one. */
export interface TabularLanguage {
  readonly mdp: TokenMdp;
  readonly task: TabularTask;
  /** S × V probabilities. */
  readonly reference: number[][];
  /** V^T probabilities of whole responses under S × V probabilities of tokens. */
  responsesOf(policy: readonly (readonly number[])[]): number[];
}

export const tabularLanguage = (mdp: TokenMdp): TabularLanguage => {
  const { length } = mdp;
  const prefixes = Array.from({ length }, (_, t) => enumerateResponses({ ...mdp, length: t })).flat();
  const stateOf = (prefix: readonly number[]): number =>
    prefixes.findIndex((other) => String(other) === String(prefix));
  return {
    mdp,
    task: {
      steps: length,
      next: (state, token) => Math.max(0, stateOf([...prefixes[state]!, token])),
      reward: (state, token) => {
        const response = [...prefixes[state]!, token];
        return response.length === length ? mdp.reward(response) : 0;
      },
    },
    reference: prefixes.map((prefix) => [...mdp.reference(prefix)]),
    responsesOf: (policy) =>
      enumerateResponses(mdp).map((response) =>
        response.reduce((product, token, t) => product * policy[stateOf(response.slice(0, t))]![token]!, 1),
      ),
  };
};

/** One token of three: π_ref = [.5, .3, .2], reward = token. */
export const bandit: TokenMdp = {
  vocabularySize: 3,
  length: 1,
  reference: () => [0.5, 0.3, 0.2],
  reward: ([token]) => token!,
};

/** Two tokens of two; after token 1 the reference says [.9, .1]. */
export const twoTokens: TokenMdp = {
  vocabularySize: 2,
  length: 2,
  reference: ([first]) => (first === 1 ? [0.9, 0.1] : [0.5, 0.5]),
  reward: ([first, second]) =>
    [
      [0, 1],
      [0, 2],
    ][first!]![second!]!,
};

/** Three tokens of two, whose reward no single token decides: the number of times that it changes, and 1 for 110. */
export const threeTokens: TokenMdp = {
  vocabularySize: 2,
  length: 3,
  reference: (prefix) => (prefix.at(-1) === 1 ? [0.7, 0.3] : [0.4, 0.6]),
  reward: ([a, b, c]) => Number(a !== b) + Number(b !== c) - Number(a === 1 && b === 1 && c === 0),
};

export interface TrainSetting {
  readonly language: TabularLanguage;
  readonly updates: number;
  readonly regularize: Regularize;
  /** Wraps the algorithm's optimizer; `climbing` gives its loss the wrong sign. */
  readonly wrap?: (factory: OptimizerFactory) => OptimizerFactory;
}

/** What an on-policy algorithm is built from here. */
export interface OnPolicyParts {
  readonly policy: TabularPolicy;
  readonly values: ReturnType<typeof createTabularValues>;
  readonly optimizer: OptimizerFactory;
  readonly random: ReturnType<typeof createRandom>;
  readonly regularizer: KlRegularizer<TabularObservations>;
  /** Frozen: what the policy starts from. */
  readonly reference: TabularPolicy;
}

/** A way to train from the reference: gives S × V probabilities. */
export type Train = (setting: TrainSetting) => Promise<number[][]>;

/** All of a rollout is one group: every score is compared with those of nearly the exact distribution. */
const size = 500;

/** Training of any on-policy algorithm. @param epochs  optimizer steps per update, for the schedule. */
export const onPolicy =
  (
    build: (parts: OnPolicyParts) => Algorithm<TabularPolicy, GroupedRollout<TabularObservations>>,
    { epochs = 1 }: { readonly epochs?: number } = {},
  ): Train =>
  async ({ language: { task, reference }, updates, regularize, wrap = (factory) => factory }) => {
    const policy = createTabularPolicy(reference.map((row) => row.map(Math.log)));
    const values = createTabularValues(reference.map(() => 0));
    const frozen = policy.clone();
    const learningRate = linearSchedule({ from: 0.15, to: 0, steps: epochs * updates });
    const algorithm = build({
      policy,
      values,
      optimizer: wrap(adam({ learningRate })),
      random: createRandom(0),
      regularizer: regularize(frozen),
      reference: frozen,
    });
    for (let update = 0; update < updates; update++) {
      const rollout = await createTabularRollout({ policy, task, size });
      await algorithm.update(rollout);
      disposeRollout(rollout);
    }
    const learned = await policy.probabilities();
    for (const part of [algorithm, policy, values, frozen]) part.dispose();
    return learned;
  };

/** Rewards distance from the reference: what a penalty of the wrong sign does. */
export const rewarded =
  (regularize: Regularize): Regularize =>
  (reference) => {
    const regularizer = regularize(reference);
    return { ...regularizer, penalty: (inputs) => tf.tidy(() => tf.neg(regularizer.penalty(inputs))) };
  };

export const largestError = (actual: readonly number[], expected: readonly number[]): number =>
  Math.max(...actual.map((value, i) => Math.abs(value - expected[i]!)));
