/** What every on-policy algorithm owes: the same run when it is resumed, compiled or cut; and nothing left behind. */
import { createA2c } from "@accord-rl/a2c";
import {
  type Algorithm,
  type Compile,
  createRandom,
  disposeRollout,
  type GroupedRollout,
  interpret,
  type KlRegularizer,
  type Random,
  type State,
} from "@accord-rl/core";
import {
  adaptive,
  createKlRegularizer,
  exact,
  fixed,
  followPolicy,
  k1,
  movingAverage,
} from "@accord-rl/kl-regularizers";
import { adam, type OptimizerFactory, sgd } from "@accord-rl/learning";
import { createPpo } from "@accord-rl/ppo";
import {
  createGrpo,
  createReinforce,
  createReinforcePlusPlus,
  createRloo,
  groupMean,
  learnedBaseline,
  meanSequenceRatio,
  truncatedRatio,
} from "@accord-rl/reinforce";
import {
  createCompile,
  createTabularPolicy,
  createTabularRollout,
  createTabularValues,
  expectNoLeak,
  type TabularObservations,
  type TabularPolicy,
} from "@accord-rl/testing";
import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

interface Parts {
  readonly policy: TabularPolicy;
  readonly values: ReturnType<typeof createTabularValues>;
  readonly optimizer: OptimizerFactory;
  readonly random: Random;
  readonly regularizer: KlRegularizer<TabularObservations>;
  readonly compile: Compile;
  readonly microBatchSize: number | null;
}
type Build = (parts: Parts) => Algorithm<TabularPolicy, GroupedRollout<TabularObservations>>;

const passes = { epochs: 2, minibatches: 2 };
const algorithms: Record<string, Build> = {
  ppo: ({ microBatchSize, ...parts }) => createPpo({ ...parts, options: { ...passes, microBatchSize } }),
  a2c: ({ microBatchSize, ...parts }) =>
    createA2c({ ...parts, options: { entropyCoefficient: 0.01, microBatchSize } }),
  "a2c of n steps": ({ microBatchSize, ...parts }) =>
    createA2c({ ...parts, valueOptimizer: parts.optimizer, options: { steps: 2, microBatchSize } }),
  reinforce: ({ microBatchSize, ...parts }) =>
    createReinforce({ ...parts, advantages: learnedBaseline(), options: { microBatchSize } }),
  "reinforce++": ({ microBatchSize, values: _, ...parts }) =>
    createReinforcePlusPlus({ ...parts, options: { ...passes, microBatchSize } }),
  rloo: ({ microBatchSize, values: _, ...parts }) =>
    createRloo({ ...parts, options: { ...passes, microBatchSize } }),
  grpo: ({ microBatchSize, values: _, ...parts }) =>
    createGrpo({ ...parts, options: { ...passes, microBatchSize } }),
  gspo: ({ microBatchSize, values: _, ...parts }) =>
    createGrpo({ ...parts, surrogate: meanSequenceRatio(), options: { ...passes, microBatchSize } }),
  cispo: ({ microBatchSize, values: _, ...parts }) =>
    createGrpo({
      ...parts,
      surrogate: truncatedRatio({ largestRatio: 1.5 }),
      advantages: groupMean,
      options: { ...passes, microBatchSize },
    }),
};

const task = {
  steps: 3,
  next: (state: number, action: number) => (state + action) % 3,
  reward: (state: number, action: number) => Number(state === action) - 0.3 * action,
};
const logits = [
  [0.3, -0.2, 0.1],
  [0, 0.5, -0.4],
  [-0.1, 0.2, 0],
];

/** An algorithm on small tables, under a penalty whose coefficient and reference both move. */
const setUp = (
  build: Build,
  { seed = 5, compile = interpret, microBatchSize = null as number | null, learningRate = 0.05 } = {},
) => {
  const policy = createTabularPolicy(logits);
  const values = createTabularValues([0.1, -0.2, 0.3]);
  const reference = createTabularPolicy(logits.map((row) => [...row].reverse()));
  const regularizer = followPolicy(
    createKlRegularizer({
      reference,
      estimator: k1,
      coefficient: adaptive({ initial: 0.1, target: 0.05, horizon: 50 }),
    }),
    { reference, policy, update: movingAverage({ decay: 0.8 }) },
  );
  const optimizer = adam({ learningRate });
  const random = createRandom(seed);
  const algorithm = build({ policy, values, optimizer, random, regularizer, compile, microBatchSize });
  return { algorithm, policy, values, reference };
};

const collect = (policy: TabularPolicy, random: Random) =>
  createTabularRollout({ policy, task, size: 8, groupSize: 4, random });

const advance = async ({ algorithm, policy }: ReturnType<typeof setUp>, updates: number, seed: number) => {
  const random = createRandom(seed);
  const log = [];
  for (let update = 0; update < updates; update++) {
    const rollout = await collect(policy, random);
    log.push(await algorithm.update(rollout));
    disposeRollout(rollout);
  }
  return log;
};

const tablesOf = ({ policy, values }: ReturnType<typeof setUp>) => [
  ...Array.from(policy.parameters.logits!.dataSync()),
  ...Array.from(values.parameters.values!.dataSync()),
];

describe.each(Object.entries(algorithms))("%s", (_, build) => {
  test("restored into a fresh one at any time, it continues bit for bit", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 3 }), fc.nat({ max: 1000 }), async (before, seed) => {
        const original = setUp(build);
        await advance(original, before, seed);
        const saved = structuredClone(await original.algorithm.state()) as State;
        const resumed = setUp(build, { seed: 99 });
        await advance(resumed, 1, 8);
        resumed.algorithm.restore(saved);
        expect(await advance(resumed, 2, seed + 1)).toEqual(await advance(original, 2, seed + 1));
        expect(tablesOf(resumed)).toEqual(tablesOf(original));
        expect(await resumed.algorithm.state()).toEqual(await original.algorithm.state());
      }),
      { numRuns: 3 },
    );
  });

  test.each([
    ["compiling", { compile: createCompile() }],
    ["cutting into micro-batches", { microBatchSize: 3 }],
  ])("%s changes nothing", async (__, change) => {
    const [plain, changed] = [setUp(build), setUp(build, change)];
    const log = await advance(plain, 2, 3);
    const other = await advance(changed, 2, 3);
    // Two updates of Adam: rounding of a small gradient shows in its direction.
    expect(tablesOf(changed)).toBeAllClose(tablesOf(plain), { rtol: 1e-3, atol: 1e-4 });
    for (const [name, value] of Object.entries(log[0]!)) {
      expect(other[0]![name]!, name).toBeAllClose(value, { rtol: 1e-3, atol: 1e-4 });
    }
  });

  test("an update leaves no tensor behind, whichever way it ends", async () => {
    const { algorithm, policy } = setUp(build, { learningRate: 1e-7 });
    const rollout = await collect(policy, createRandom(4));
    await expectNoLeak(() => algorithm.update(rollout));
    await expectNoLeak(() =>
      algorithm.update({ ...rollout, behaviourLogProbs: rollout.rewards }).catch(() => undefined),
    );
    const nothing = { ...rollout, mask: tf.zeros([8, 3]) as tf.Tensor2D };
    await expectNoLeak(() => algorithm.update(nothing).catch(() => undefined));
    disposeRollout(rollout);
  });

  test("another policy's rollout is refused, and nothing is changed", async () => {
    const set = setUp(build);
    const before = await set.algorithm.state();
    const stranger = createTabularPolicy(logits.map((row) => row.map((logit) => 3 * logit)));
    const rollout = await collect(stranger, createRandom(4));
    await expect(set.algorithm.update(rollout)).rejects.toThrow(/differ from 1 by up to/);
    expect(await set.algorithm.state()).toEqual(before);
    disposeRollout(rollout);
  });
});

test("PPO's first step is A2C's, where neither normalises", async () => {
  const step = async (build: Build) => {
    const set = setUp(({ optimizer: _, ...parts }) =>
      build({ ...parts, optimizer: sgd({ learningRate: 0.5 }) }),
    );
    const [stats] = await advance(set, 1, 6);
    return { tables: tablesOf(set), gradientNorm: stats!.gradientNorm! };
  };
  const options = { discount: 0.9, gaeLambda: 0.8, valueCoefficient: 0.7, entropyCoefficient: 0.01 };
  const a2c = await step((parts) => createA2c({ ...parts, options: { ...options, whitening: null } }));
  const ppo = await step((parts) =>
    createPpo({ ...parts, options: { ...options, epochs: 1, whitening: null, clipEpsilon: 0.1 } }),
  );
  expect(ppo.tables).toBeAllClose(a2c.tables);
  expect(ppo.gradientNorm).toBeAllClose(a2c.gradientNorm);
  const whitened = await step((parts) => createPpo({ ...parts, options: { ...options, epochs: 1 } }));
  expect(whitened.tables).not.toBeAllClose(a2c.tables, { rtol: 1e-2 });
});

test("A2C with λ = 1 and γ = 1 is REINFORCE with a learned baseline", async () => {
  const [a2c, reinforce] = [
    setUp((parts) => createA2c({ ...parts, options: { gaeLambda: 1, whitening: null } })),
    setUp((parts) => createReinforce({ ...parts, advantages: learnedBaseline() })),
  ];
  await advance(a2c, 3, 2);
  await advance(reinforce, 3, 2);
  expect(tablesOf(reinforce)).toBeAllClose(tablesOf(a2c), { rtol: 1e-4, atol: 1e-5 });
});

test("a KL in the loss beside a ratio that sums tokens is refused when built", () => {
  const policy = createTabularPolicy(logits);
  const regularizer = createKlRegularizer({
    reference: policy.clone(),
    estimator: exact,
    coefficient: fixed(0.1),
  });
  const parts = { policy, optimizer: sgd({ learningRate: 1 }), regularizer };
  expect(() => createRloo(parts)).toThrow(
    /createRloo: .*weaker by the response's length; expected the KL in the reward/,
  );
  expect(() => createGrpo(parts).dispose()).not.toThrow();
});
