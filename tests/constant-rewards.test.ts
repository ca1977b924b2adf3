/** Rewards that are all equal teach nothing, bit for bit: a rounding residue that a scale of 1/σ blows up would. */
import { createA2c } from "@accord-rl/a2c";
import {
  type Algorithm,
  type Compile,
  createRandom,
  disposeRollout,
  type GroupedRollout,
  interpret,
  type Random,
} from "@accord-rl/core";
import { adam, type OptimizerFactory } from "@accord-rl/learning";
import {
  fixedLengthMean,
  maskedMean,
  maskedMoments,
  scaleToUnitVariance,
  tokenMean,
  whiten,
} from "@accord-rl/math";
import { createPpo } from "@accord-rl/ppo";
import {
  batchMeanBaseline,
  createGrpo,
  createReinforce,
  createReinforcePlusPlus,
  createRloo,
  groupMean,
  groupMeanAdvantages,
  groupStandardizedAdvantages,
  learnedBaseline,
  leaveOneOutAdvantages,
  meanSequenceRatio,
  noBaseline,
  tokenRatio,
  truncatedRatio,
} from "@accord-rl/reinforce";
import {
  createCompile,
  createTabularPolicy,
  createTabularRollout,
  createTabularValues,
  type TabularObservations,
  type TabularPolicy,
} from "@accord-rl/testing";
import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

/** Any finite float32; those whose multiples are never exact, the largest and the smallest come more often. */
const anyFloat = fc.oneof(
  fc.float({ noNaN: true, noDefaultInfinity: true }),
  fc
    .constantFrom(0.1, -0.7, 100.1, 1234.567, 54321.1, 3.4028234e38, -3e38, 1.2e-38, 1e-45, 0)
    .map(Math.fround),
);
/** Any order of magnitude is as likely as another. */
const countBetween = (low: number, high: number) =>
  fc
    .double({ min: Math.log(low), max: Math.log(high), noNaN: true })
    .map((logarithm) => Math.round(Math.exp(logarithm)));
/** 2 to 10⁶; most are small, since a million takes long. */
const anyCount = fc.oneof(
  { weight: 14, arbitrary: countBetween(2, 1e4) },
  { weight: 1, arbitrary: countBetween(1e4, 1e6) },
);

/** [n] numbers in [0, 1), from a generator that takes a nanosecond. @see Marsaglia 2003, Xorshift RNGs. */
const drawn = (count: number, seed: number): Float32Array => {
  const numbers = new Float32Array(count);
  let x = seed || 1;
  for (let i = 0; i < count; i++) {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    numbers[i] = (x >>> 8) / 2 ** 24;
  }
  return numbers;
};

/** [n] 1 with a probability of `share`. */
const randomMask = (count: number, share: number, seed: number): Float32Array =>
  drawn(count, seed).map((x) => Number(x < share));

/** The first number that is not 0, or else 0. */
const firstOther = (numbers: ArrayLike<number>): number => {
  for (let i = 0; i < numbers.length; i++) if (numbers[i] !== 0) return numbers[i] as number;
  return 0;
};

describe("equal numbers", () => {
  const equalNumbers = fc.record({
    value: anyFloat,
    count: anyCount,
    share: fc.constantFrom(0, 0.1, 0.5, 0.9, 1),
    seed: fc.nat(),
    /** Stands where nothing counts. */
    junk: fc.constantFrom(0, 1e30, Number.NaN, Number.POSITIVE_INFINITY),
  });
  const statistics = {
    whitened: (x: tf.Tensor2D, mask: tf.Tensor2D) => whiten(x, mask),
    "whitened, ÷ (n − 1)": (x: tf.Tensor2D, mask: tf.Tensor2D) =>
      whiten(x, mask, { variance: "unbiased", epsilon: 0 }),
    variance: (x: tf.Tensor2D, mask: tf.Tensor2D) => maskedMoments(x, mask).variance,
    "their mean, taken away": (x: tf.Tensor2D, mask: tf.Tensor2D) =>
      tf.where(tf.greater(mask, 0), tf.sub(x, maskedMean(x, mask)), tf.zerosLike(x)),
    "scaled to unit variance around their mean": (x: tf.Tensor2D, mask: tf.Tensor2D) =>
      tf.where(tf.greater(mask, 0), tf.sub(x, scaleToUnitVariance(x, mask)), tf.zerosLike(x)),
  };
  test("become exactly 0, whatever they are, however many, and under any mask", () => {
    fc.assert(
      fc.property(
        equalNumbers,
        fc.integer({ min: 1, max: 4 }),
        ({ value, count, share, seed, junk }, rows) => {
          const columns = Math.max(1, Math.floor(count / rows));
          const counted = randomMask(rows * columns, share, seed);
          tf.tidy(() => {
            const mask = tf.tensor2d(counted, [rows, columns]);
            const x = tf.tensor2d(
              counted.map((counts) => (counts === 1 ? value : junk)),
              [rows, columns],
            );
            for (const [name, statistic] of Object.entries(statistics)) {
              expect(firstOther(statistic(x, mask).dataSync()), name).toBe(0);
            }
          });
        },
      ),
      { numRuns: 200 },
    );
  });

  test("in groups of any sizes are worth exactly 0", () => {
    const groups = fc.record({
      ...{ value: anyFloat, seed: fc.nat(), share: fc.constantFrom(0.3, 0.9, 1) },
      count: anyCount,
    });
    const compared = [leaveOneOutAdvantages, groupMeanAdvantages, groupStandardizedAdvantages()];
    fc.assert(
      fc.property(groups, fc.integer({ min: 1, max: 40 }), ({ value, seed, share, count }, groupCount) => {
        const ids = Int32Array.from(drawn(count, seed + 1).map((x) => Math.floor(x * groupCount)));
        tf.tidy(() => {
          // Each group has a value of its own.
          const scores = tf.tensor1d(Float32Array.from(ids).map((id) => value * 2 ** -id));
          const takesPart = tf.tensor1d(randomMask(count, share, seed));
          for (const compare of compared) {
            expect(firstOther(compare({ scores, takesPart, groups: ids }).dataSync())).toBe(0);
          }
        });
      }),
      { numRuns: 200 },
    );
  });

  test.each([
    ["a graph", {}],
    ["one that XLA compiles", { xla: true }],
  ])("in %s as well", (_, hints) => {
    const compile = createCompile();
    for (const size of [7, 64, 8192]) {
      const compiled = compile(
        (x: tf.Tensor, mask: tf.Tensor) => ({ whitened: whiten(x as tf.Tensor2D, mask as tf.Tensor2D) }),
        { name: `whiten ${size}`, ...hints },
      );
      for (const value of [0.1, 100.1, -54321.1, 3.4e38]) {
        tf.tidy(() => {
          const mask = tf.tensor2d(randomMask(size, 0.8, size), [1, size]);
          const { whitened } = compiled(tf.fill([1, size], value), mask);
          expect(firstOther(whitened!.dataSync())).toBe(0);
        });
      }
    }
  });
});

interface Parts {
  readonly policy: TabularPolicy;
  readonly values: ReturnType<typeof createTabularValues>;
  readonly optimizer: OptimizerFactory;
  readonly random: Random;
  readonly compile: Compile;
}
type Build = (parts: Parts) => Algorithm<TabularPolicy, GroupedRollout<TabularObservations>>;

const passes = { epochs: 2, minibatches: 2 };
const undiscounted = { discount: 1, gaeLambda: 1 };
const withoutValues =
  (build: (parts: Omit<Parts, "values">) => ReturnType<Build>): Build =>
  ({ values: _, ...parts }) =>
    build(parts);

/** Their advantages are of scores alone: nothing needs to be known of them. */
const critics = { none: "none", exact: "V = the reward", constant: "V = any constant" } as const;
type Critic = (typeof critics)[keyof typeof critics];

/**
 * An episode has one reward, c, at its last step; there is no KL penalty and no entropy bonus. A policy's weights stay
 * where
 * - scores are compared with those of their group, or with the batch's mean;
 * - rewards-to-go, c at each step as γ = 1, are whitened;
 * - they are reduced by V = c, whitened or not: Â = 0, and the values have nothing to learn either;
 * - they are reduced by V that is the same in all states, at λ = 1, and whitened: Â = c − V. V learns then, and the task
 *   has one state, so that it stays the same in all.
 * Not where rewards-to-go are taken as they are: c·∇log π is 0 on average, but not of a sample.
 */
const algorithms: [name: string, critic: Critic, build: Build][] = [
  ["PPO", critics.exact, (parts) => createPpo({ ...parts, options: { ...passes, discount: 1 } })],
  [
    "PPO without whitening",
    critics.exact,
    (parts) => createPpo({ ...parts, options: { ...passes, discount: 1, whitening: null } }),
  ],
  [
    "PPO whitened over the batch",
    critics.constant,
    (parts) => createPpo({ ...parts, options: { ...passes, ...undiscounted } }),
  ],
  [
    "PPO whitened over minibatches",
    critics.constant,
    (parts) =>
      createPpo({
        ...parts,
        options: { ...passes, ...undiscounted, whitening: { scope: "minibatch", variance: "unbiased" } },
      }),
  ],
  [
    "PPO with scaled rewards",
    critics.constant,
    (parts) => createPpo({ ...parts, options: { ...passes, ...undiscounted, scaleRewards: true } }),
  ],
  ["A2C", critics.exact, (parts) => createA2c({ ...parts, options: { gaeLambda: 1, whitening: null } })],
  [
    "A2C of n steps",
    critics.exact,
    (parts) => createA2c({ ...parts, options: { steps: 2, whitening: null } }),
  ],
  [
    "A2C whitened",
    critics.constant,
    (parts) => createA2c({ ...parts, options: { ...undiscounted, whitening: {} } }),
  ],
  [
    "REINFORCE with a learned baseline",
    critics.exact,
    (parts) => createReinforce({ ...parts, advantages: learnedBaseline() }),
  ],
  [
    "REINFORCE with a learned baseline, whitened",
    critics.constant,
    (parts) => createReinforce({ ...parts, advantages: learnedBaseline(), options: { whitening: {} } }),
  ],
  [
    "REINFORCE with the batch's mean",
    critics.none,
    withoutValues((parts) => createReinforce({ ...parts, advantages: batchMeanBaseline() })),
  ],
  [
    "REINFORCE whitened",
    critics.none,
    withoutValues((parts) =>
      createReinforce({ ...parts, advantages: noBaseline(), options: { whitening: {} } }),
    ),
  ],
  [
    "REINFORCE++",
    critics.none,
    withoutValues((parts) => createReinforcePlusPlus({ ...parts, options: passes })),
  ],
  ["RLOO", critics.none, withoutValues((parts) => createRloo({ ...parts, options: passes }))],
  ["GRPO", critics.none, withoutValues((parts) => createGrpo({ ...parts, options: passes }))],
  [
    "Dr. GRPO",
    critics.none,
    withoutValues((parts) =>
      createGrpo({ ...parts, advantages: groupMean, aggregation: fixedLengthMean(3), options: passes }),
    ),
  ],
  [
    "DAPO",
    critics.none,
    withoutValues((parts) =>
      createGrpo({
        ...parts,
        surrogate: tokenRatio({ clipEpsilonHigh: 0.28 }),
        aggregation: tokenMean,
        options: passes,
      }),
    ),
  ],
  [
    "GSPO",
    critics.none,
    withoutValues((parts) => createGrpo({ ...parts, surrogate: meanSequenceRatio(), options: passes })),
  ],
  [
    "CISPO",
    critics.none,
    withoutValues((parts) =>
      createGrpo({
        ...parts,
        surrogate: truncatedRatio({ largestRatio: 5 }),
        aggregation: tokenMean,
        options: passes,
      }),
    ),
  ],
];

const taskOf = (reward: number, critic: Critic) => {
  const steps = critic === critics.constant ? 1 : 3;
  // The state counts the steps.
  return {
    steps,
    next: (state: number) => Math.min(state + 1, steps - 1),
    reward: (state: number) => (state === steps - 1 ? reward : 0),
  };
};

/** @returns weights of the policy and of the values, before and after 30 updates of Adam. */
const train = async (
  build: Build,
  { critic, reward, seed, compile }: { critic: Critic; reward: number; seed: number; compile: Compile },
) => {
  const policy = createTabularPolicy([
    [0.3, -0.2, 0.1],
    [0, 0.5, -0.4],
    [-0.1, 0.2, 0],
  ]);
  const values = createTabularValues(Array<number>(3).fill(critic === critics.exact ? reward : 0.3));
  const random = createRandom(seed);
  const algorithm = build({ policy, values, optimizer: adam({ learningRate: 0.05 }), random, compile });
  const weights = () =>
    [policy.parameters.logits!, ...(critic === critics.exact ? [values.parameters.values!] : [])].map((x) =>
      Array.from(x.dataSync()),
    );
  const before = weights();
  for (let update = 0; update < 30; update++) {
    const rollout = await createTabularRollout({
      policy,
      task: taskOf(reward, critic),
      size: 12,
      groupSize: 6,
      random,
    });
    await algorithm.update(rollout);
    disposeRollout(rollout);
  }
  const after = weights();
  for (const part of [algorithm, policy, values]) part.dispose();
  return { before, after };
};

describe("30 updates of Adam on a constant reward leave every weight as it is", () => {
  // The square of what a critic learns must be finite.
  const learnable = fc.oneof(
    fc.float({ min: -1e6, max: 1e6, noNaN: true }),
    fc.constantFrom(0.1, 100.1, 54321.1).map(Math.fround),
  );
  const ofCritic = {
    none: anyFloat,
    // TensorFlow flushes subnormal numbers to 0, weights among them.
    "V = the reward": anyFloat.map((value) => (Math.abs(value) < 2 ** -126 ? 0 : value)),
    "V = any constant": learnable,
  };
  test.each(algorithms)("%s, %s", async (_, critic, build) => {
    await fc.assert(
      fc.asyncProperty(ofCritic[critic], fc.nat(), fc.boolean(), async (reward, seed, compiles) => {
        const compile = compiles ? createCompile() : interpret;
        const { before, after } = await train(build, { critic, reward, seed, compile });
        expect(after).toEqual(before);
      }),
      { numRuns: 2 },
    );
  });

  test("while rewards that differ do move them", async () => {
    const [, , build] = algorithms.find(([name]) => name === "GRPO")!;
    const policy = createTabularPolicy([[0.3, -0.2, 0.1]]);
    const random = createRandom(1);
    const algorithm = build({
      policy,
      values: createTabularValues([0]),
      optimizer: adam({ learningRate: 0.05 }),
      random,
      compile: interpret,
    });
    const rollout = await createTabularRollout({
      policy,
      task: { steps: 1, next: () => 0, reward: (_, action) => action },
      size: 12,
      groupSize: 6,
      random,
    });
    const before = Array.from(policy.parameters.logits!.dataSync());
    await algorithm.update(rollout);
    expect(Array.from(policy.parameters.logits!.dataSync())).not.toEqual(before);
    disposeRollout(rollout);
  });
});
