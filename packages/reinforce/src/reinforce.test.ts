import { createRandom, disposeRollout, type GroupedRollout, type Rollout } from "@accord-rl/core";
import { adam, sgd } from "@accord-rl/learning";
import { sequenceSumMean, tokenMean } from "@accord-rl/math";
import {
  climbing,
  createTabularPolicy,
  createTabularRollout,
  createTabularValues,
  identity,
  type RecordedRollout,
  recordedRollout,
  type TabularObservations,
  type TabularPolicy,
} from "@accord-rl/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import {
  type AdvantageEstimator,
  batchMeanBaseline,
  createGrpo,
  createReinforce,
  createReinforcePlusPlus,
  createRloo,
  groupMean,
  learnedBaseline,
  leaveOneOut,
  meanSequenceRatio,
  noBaseline,
  plainGradient,
  sequenceRatio,
  tokenRatio,
} from "./index.ts";

const uniform = Math.log(0.5);

/** Two prompts, two responses of two tokens each, from a uniform policy over two tokens in two states. */
const four: RecordedRollout = {
  states: [
    [0, 1],
    [0, 1],
    [0, 1],
    [0, 1],
  ],
  nextStates: [
    [1, 0],
    [1, 0],
    [1, 0],
    [1, 0],
  ],
  actions: [
    [0, 0],
    [0, 1],
    [1, 0],
    [1, 1],
  ],
  behaviourLogProbs: [
    [uniform, uniform],
    [uniform, uniform],
    [uniform, uniform],
    [uniform, uniform],
  ],
  rewards: [
    [0, 1],
    [0, 3],
    [0, 0],
    [0, 5],
  ],
  valid: [
    [1, 1],
    [1, 1],
    [1, 1],
    [1, 1],
  ],
  terminated: [
    [0, 1],
    [0, 1],
    [0, 1],
    [0, 1],
  ],
  truncated: [
    [0, 0],
    [0, 0],
    [0, 0],
    [0, 0],
  ],
  groups: [0, 0, 1, 1],
};

const build = () => ({
  policy: createTabularPolicy([
    [0, 0],
    [0, 0],
  ]),
  optimizer: sgd({ learningRate: 1 }),
});
type Algorithm<R> = { actor: TabularPolicy; update(rollout: R): Promise<unknown> };

/** Logits after one update: minus the gradient. */
const step = async <R extends Rollout<TabularObservations>>(algorithm: Algorithm<R>, rollout: R) => {
  await algorithm.update(rollout);
  return algorithm.actor.parameters.logits!.arraySync() as number[][];
};

describe("one step by hand", () => {
  test("leave-one-out: d = −2 and 2 in the first group, −5 and 5 in the second", async () => {
    // ∇ log π of action a at uniform: ±.5. State 0: (−2 + 2)·.5 − (−5 + 5)·.5 = 0.
    // State 1: action 0 in rows 0 and 2: (−2 − 5)·.5, action 1 in rows 1 and 3: −(2 + 5)·.5; sum −7, over 4 sequences.
    const expected = [
      [0, 0],
      [-7 / 4, 7 / 4],
    ];
    expect(await step(createRloo(build()), recordedRollout(four))).toBeAllClose(expected);
    const explicit = createReinforce({ ...build(), advantages: leaveOneOut, aggregation: sequenceSumMean });
    expect(await step(explicit, recordedRollout(four))).toBeAllClose(expected);
  });

  test("rewards-to-go, without a baseline and with the batch's mean 2.25", async () => {
    // State 0, action 0: (1 + 3)·.5 − (0 + 5)·.5 = −.5; state 1, action 0: (1 + 0)·.5 − (3 + 5)·.5 = −3.5; over 8 tokens.
    const plain = createReinforce({ ...build(), advantages: noBaseline() });
    expect(await step(plain, recordedRollout(four))).toBeAllClose([
      [-0.5 / 8, 0.5 / 8],
      [-3.5 / 8, 3.5 / 8],
    ]);
    // With as many of each action, a constant baseline changes nothing.
    const mean = createReinforce({ ...build(), advantages: batchMeanBaseline() });
    expect(await step(mean, recordedRollout(four))).toBeAllClose([
      [-0.5 / 8, 0.5 / 8],
      [-3.5 / 8, 3.5 / 8],
    ]);
  });

  test("a learned baseline: G − V(s), and V moves towards G", async () => {
    const values = createTabularValues([2, 1]);
    const options = { valueCoefficient: 1 };
    const algorithm = createReinforce({ ...build(), values, advantages: learnedBaseline(), options });
    // State 0: G − 2 = −1, 1, −2, 3: (−1 + 1)·.5 − (−2 + 3)·.5 = −.5. State 1: G − 1 = 0, 2, −1, 4: −.5·(1 + 6).
    expect(await step(algorithm, recordedRollout(four))).toBeAllClose([
      [-0.5 / 8, 0.5 / 8],
      [-3.5 / 8, 3.5 / 8],
    ]);
    // V(0) + Σ(G − V)/8 = 2 + 1/8; V(1) = 1 + 5/8
    expect(await values.read()).toBeAllClose([2.125, 1.625]);
  });

  test("discounted: γ = .5 halves what the first token earns", async () => {
    const algorithm = createReinforce({ ...build(), advantages: noBaseline({ discount: 0.5 }) });
    expect(await step(algorithm, recordedRollout(four))).toBeAllClose([
      [-0.25 / 8, 0.25 / 8],
      [-3.5 / 8, 3.5 / 8],
    ]);
  });

  test("REINFORCE++ is rewards-to-go, whitened over the batch", async () => {
    // G: 1, 3, 0, 5, at both tokens; mean 2.25, variance 59/16.
    const deviation = Math.sqrt(59 / 16);
    const expected = [
      [-0.5, 0.5],
      [-3.5, 3.5],
    ].map((row) => row.map((x) => x / deviation / 8));
    expect(await step(createReinforcePlusPlus(build()), recordedRollout(four))).toBeAllClose(expected);
  });

  test("GRPO: ±1/√2 in either group; Dr. GRPO keeps the size of what is at stake", async () => {
    // (R − R̄)/σ = ±1/√2 where two differ. State 1: −(1/√2 + 1/√2)·.5·2 over 4 sequences of 2 tokens.
    const grpo = await step(createGrpo(build()), recordedRollout(four));
    expect(grpo[1]).toBeAllClose([-Math.SQRT1_2 / 4, Math.SQRT1_2 / 4], { rtol: 1e-4 });
    const drGrpo = await step(createGrpo({ ...build(), advantages: groupMean }), recordedRollout(four));
    // ±1 and ±2.5
    expect(drGrpo[1]).toBeAllClose([-3.5 / 8, 3.5 / 8]);
  });
});

test("a sample that nobody scored is in no baseline and teaches nothing", async () => {
  const withThird: RecordedRollout = {
    ...four,
    states: [...four.states, [0, 1]],
    nextStates: [...four.nextStates, [1, 0]],
    actions: [...four.actions, [1, 1]],
    behaviourLogProbs: [...four.behaviourLogProbs, [uniform, uniform]],
    rewards: [...four.rewards, [0, 1000]],
    valid: [...four.valid, [1, 1]],
    mask: [...four.valid, [0, 0]],
    terminated: [...four.terminated, [0, 1]],
    truncated: [...four.truncated, [0, 0]],
    groups: [0, 0, 1, 1, 1],
  };
  for (const create of [createRloo, createGrpo] as const) {
    const without = await step(create(build()), recordedRollout(four));
    expect(await step(create(build()), recordedRollout(withThird))).toBeAllClose(without);
  }
});

test("minibatches keep the advantages that the whole groups gave", async () => {
  const seen: number[][] = [];
  const surrogate = {
    ...plainGradient,
    loss: (inputs: Parameters<typeof plainGradient.loss>[0]) => {
      seen.push(...(inputs.advantages.arraySync() as number[][]));
      return plainGradient.loss(inputs);
    },
  };
  const random = createRandom(3);
  const algorithm = createReinforce({
    ...build(),
    random,
    surrogate,
    advantages: leaveOneOut,
    options: { minibatches: 4, epochs: 2 },
  });
  const stats = await algorithm.update(recordedRollout(four));
  expect(stats.epochs).toBe(2);
  expect(
    seen
      .slice(0, 4)
      .map(([first]) => first)
      .sort(),
  ).toEqual([-2, -5, 2, 5].sort());
});

describe("wrong combinations say why", () => {
  const any = <T>(value: T) => value as never;
  test.each<[string, () => unknown, RegExp]>([
    [
      "a ratio of sequences, summed over tokens",
      () => createGrpo({ ...build(), surrogate: meanSequenceRatio(), aggregation: any(sequenceSumMean) }),
      /createGrpo: .*one ratio for a whole sequence.*expected sequenceMean/,
    ],
    [
      "a ratio of sequences and tokenMean",
      () => createRloo({ ...build(), aggregation: any(tokenMean) }),
      /sequenceMean/,
    ],
    [
      "a learned baseline without a value function",
      () => createReinforce({ ...build(), advantages: learnedBaseline() }),
      /createReinforce: .*learned baseline.*value function/,
    ],
    [
      "minibatches without a Random",
      () => createRloo({ ...build(), options: { minibatches: 2 } }),
      /expected a Random/,
    ],
    [
      "an entropy bonus beside a ratio that sums tokens",
      () => createRloo({ ...build(), options: { entropyCoefficient: 0.1 } }),
      /createRloo: .*weaker by the response's length/,
    ],
    [
      "an unknown option",
      () => createGrpo({ ...build(), options: any({ clip: 1 }) }),
      /clip is no option, expected one of/,
    ],
  ])("%s", (_, create, message) => {
    expect(create).toThrow(message);
  });

  test("what goes together is taken", () => {
    const random = createRandom(0);
    createRloo({ ...build(), surrogate: tokenRatio(), options: { entropyCoefficient: 0.1 } }).dispose();
    createGrpo({ ...build(), random, surrogate: sequenceRatio(), options: { minibatches: 2 } }).dispose();
  });

  test.each<[string, AdvantageEstimator<GroupedRollout>]>([
    ["leaveOneOut", leaveOneOut],
    ["groupMean", groupMean],
  ])("%s: no groups, or a group of one, changes nothing", async (_, advantages) => {
    const algorithm = createReinforce({ ...build(), advantages });
    const before = await algorithm.state();
    const { groups: __, ...ungrouped } = recordedRollout(four);
    await expect(algorithm.update(ungrouped as never)).rejects.toThrow(
      /no groups, expected .*Collect several/,
    );
    const alone = recordedRollout({ ...four, groups: [0, 0, 0, 1] });
    await expect(algorithm.update(alone)).rejects.toThrow(/Group 1 of the rollout has one sample/);
    expect(await algorithm.state()).toEqual(before);
  });
});

const learn = async (isFlipped: boolean): Promise<number[]> => {
  const zeros = new Array<number>(4).fill(0);
  const policy = createTabularPolicy([zeros, zeros, zeros, zeros]);
  const optimizer = adam({ learningRate: 0.15 });
  const algorithm = createReinforce({
    policy,
    optimizer: isFlipped ? climbing(optimizer) : optimizer,
    advantages: batchMeanBaseline({ discount: 0.4 }),
  });
  const random = createRandom(2);
  const rewards: number[] = [];
  for (let update = 0; update < 60; update++) {
    const rollout = await createTabularRollout({ policy, task: identity, size: 1, random });
    rewards.push((await algorithm.update(rollout)).reward! / identity.steps);
    disposeRollout(rollout);
  }
  return rewards;
};

test("learns the identity task in 1200 steps, and a flipped sign does not", async () => {
  const rewards = await learn(false);
  expect(rewards[0]).toBeLessThan(0.6);
  expect(rewards.at(-1)).toBeGreaterThan(0.85);
  expect((await learn(true)).at(-1)).toBeLessThan(0.1);
});

test("leaves no tensor behind, whichever way it ends", async () => {
  const algorithm = createGrpo({ ...build(), optimizer: sgd({ learningRate: 1e-6 }) });
  const rollout = recordedRollout(four);
  const alone = { ...rollout, groups: Int32Array.of(0, 0, 0, 1) };
  await algorithm.update(rollout);
  const before = tf.memory().numTensors;
  await algorithm.update(rollout);
  await algorithm.update(alone).catch(() => undefined);
  expect(tf.memory().numTensors).toBe(before);
});
