import { type Compile, createRandom, disposeRollout, type Rollout, type State } from "@accord-rl/core";
import { adam } from "@accord-rl/learning";
import { tokenMean } from "@accord-rl/math";
import {
  createCompile,
  createTabularPolicy,
  createTabularRollout,
  createTabularValues,
  expectNoLeak,
  type TabularObservations,
} from "@accord-rl/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import {
  createSequenceReplay,
  createSoftQLearning,
  everyLength,
  huberLoss,
  newestBiased,
  oneStep,
  type SoftQOptions,
} from "../index.ts";

const table = [
  [0.2, -0.4, 0.1],
  [0, 0.5, -0.3],
  [-0.2, 0.3, 0.6],
  [0.4, 0.4, -0.1],
];
const task = {
  steps: 3,
  next: (state: number, action: number) => (state + action) % 4,
  reward: (state: number, action: number) => Number(state === action),
};

interface Built {
  readonly seed?: number;
  readonly replay?: boolean;
  readonly target?: boolean;
  readonly compile?: Compile;
  readonly options?: Partial<SoftQOptions>;
}

const build = ({ seed = 5, replay, target, compile, options }: Built = {}) => {
  const policy = createTabularPolicy(table);
  const values = createTabularValues([0.1, 0.2, -0.1, 0]);
  const parts = {
    policy,
    values,
    reference: createTabularPolicy(table),
    beta: 0.5,
    optimizer: adam({ learningRate: 0.05 }),
    valueOptimizer: adam({ learningRate: 0.1 }),
    random: createRandom(seed),
  };
  const soft = createSoftQLearning({
    ...parts,
    ...(replay && { replay: createSequenceReplay({ capacity: 14, sampling: newestBiased(8) }) }),
    ...(target && { targetValues: createTabularValues([0.1, 0.2, -0.1, 0]) }),
    ...(compile && { compile }),
    options: { steps: 3, batchSize: 4, ...options },
  });
  return { soft, policy, values, parts };
};

const everything: Built = { replay: true, target: true };

const advance = async ({ soft, policy }: ReturnType<typeof build>, updates: number, seed: number) => {
  const random = createRandom(seed);
  const log = [];
  for (let update = 0; update < updates; update++) {
    const rollout = await createTabularRollout({ policy, task, size: 6, random });
    log.push(await soft.update(rollout));
    disposeRollout(rollout);
  }
  return log;
};

const withRollout = async <T>(
  of: ReturnType<typeof build>,
  use: (rollout: Rollout<TabularObservations>) => Promise<T>,
): Promise<T> => {
  const rollout = await createTabularRollout({ policy: of.policy, task, size: 6, random: createRandom(2) });
  try {
    return await use(rollout);
  } finally {
    disposeRollout(rollout);
  }
};

describe("restored into a fresh one, it continues bit for bit", () => {
  test.each<[string, Built]>([
    ["from its rollouts alone", {}],
    ["with replay and target values", everything],
  ])("%s", async (_, built) => {
    const original = build(built);
    await advance(original, 3, 1);
    const saved = structuredClone(await original.soft.state()) as State;
    const resumed = build({ ...built, seed: 99 });
    await advance(resumed, 1, 8);
    resumed.soft.restore(saved);
    expect(await advance(resumed, 2, 2)).toEqual(await advance(original, 2, 2));
    expect(await resumed.soft.state()).toEqual(await original.soft.state());
  });
});

test("one seed gives one run, another seed another", async () => {
  const [one, same, other] = [build(everything), build(everything), build({ ...everything, seed: 6 })];
  const log = await advance(one, 3, 1);
  expect(await advance(same, 3, 1)).toEqual(log);
  expect(await advance(other, 3, 1)).not.toEqual(log);
});

test.each<[string, (state: State) => State]>([
  ["without replay", ({ tensors, json }) => ({ tensors, json: { ...(json as object), replay: null } })],
  [
    "of another size",
    ({ tensors, json }) => ({
      json,
      tensors: { ...tensors, "targetValues/values": tensors["policy/logits"]! },
    }),
  ],
  [
    "with a damaged generator",
    ({ tensors, json }) => ({ tensors, json: { ...(json as object), random: [1, 2] } }),
  ],
  [
    "with a damaged counter",
    ({ tensors, json }) => ({ tensors, json: { ...(json as object), softQLearning: { updates: -1 } } }),
  ],
  ["of other parts", ({ tensors }) => ({ tensors, json: { policy: null } })],
])("a state %s is refused and changes nothing", async (_, damage) => {
  const trained = build(everything);
  await advance(trained, 2, 1);
  const target = build({ ...everything, seed: 4 });
  await advance(target, 1, 3);
  const [before, tensors] = [await target.soft.state(), tf.memory().numTensors];
  const damaged = damage(await trained.soft.state());
  expect(() => target.soft.restore(damaged)).toThrow(/restore/);
  expect(await target.soft.state()).toEqual(before);
  expect(tf.memory().numTensors).toBe(tensors);
});

describe("what must not matter", () => {
  const settings: Partial<SoftQOptions> = { segments: everyLength(0.9), discount: 0.9, loss: huberLoss(0.5) };
  const numbers = async (built: Built): Promise<number[]> => {
    const made = build({ ...built, options: { ...settings, ...built.options } });
    const log = await advance(made, 2, 1);
    const tables = tf.tidy(() => Array.from(made.policy.parameters.logits!.dataSync()));
    return [...log.flatMap((stats) => Object.values(stats)), ...tables, ...(await made.values.read())];
  };
  test.each<[string, Built]>([
    ["micro-batches", { options: { microBatchSize: 3 } }],
    ["being recorded", { compile: (fn) => ((...tensors) => fn(...tensors)) as typeof fn }],
    ["being compiled", { compile: createCompile() }],
  ])("%s", async (_, built) => {
    for (const kind of [{}, everything]) {
      expect(await numbers({ ...kind, ...built })).toBeAllClose(await numbers(kind), {
        rtol: 1e-4,
        atol: 1e-5,
      });
    }
  });
});

test("the first loss by hand: one step, V = 0.1, 0.2, −0.1, 0 and the policy still the reference", async () => {
  const made = build({ options: { steps: 1, batchSize: null, segments: oneStep, aggregation: tokenMean } });
  await withRollout(made, async (rollout) => {
    const { loss, inconsistency, klNats, reward } = await made.soft.update(rollout);
    const V = [0.1, 0.2, -0.1, 0];
    const errors = tf.tidy(() => {
      const [states, next, rewards, ends] = [
        rollout.observations.states,
        rollout.observations.nextStates,
        rollout.rewards,
        rollout.terminated,
      ].map((x) => Array.from(x.dataSync())) as [number[], number[], number[], number[]];
      return states.map((state, t) => rewards[t]! + (ends[t] ? 0 : V[next[t]!]!) - V[state]!);
    });
    expect(loss).toBeCloseTo(errors.reduce((sum, error) => sum + error ** 2 / 2, 0) / errors.length, 6);
    expect(inconsistency).toBeCloseTo(
      errors.reduce((sum, error) => sum + Math.abs(error), 0) / errors.length,
      6,
    );
    expect(klNats).toBeCloseTo(0, 6);
    expect(reward).toBeCloseTo(tf.tidy(() => tf.sum(rollout.rewards).dataSync()[0]!) / 6, 5);
  });
});

test("a trajectory that is cut, not ended, counts what comes after it", async () => {
  const lossOf = (
    changes: (rollout: Rollout<TabularObservations>) => Partial<Rollout<TabularObservations>>,
  ) => {
    const made = build({ options: { steps: 1, batchSize: null, segments: oneStep } });
    return withRollout(
      made,
      async (rollout) => (await made.soft.update({ ...rollout, ...changes(rollout) })).loss!,
    );
  };
  const ended = await lossOf(() => ({}));
  const open = await lossOf(({ terminated }) => ({ terminated: tf.zerosLike(terminated) }));
  const cut = await lossOf(({ terminated }) => ({
    terminated: tf.zerosLike(terminated),
    truncated: terminated,
  }));
  expect(cut).toBeCloseTo(open, 6);
  expect(Math.abs(cut - ended)).toBeGreaterThan(1e-3);
});

test("target values follow slowly", async () => {
  const made = build({ ...everything, options: { targetRate: 0.25, steps: 1 } });
  await advance(made, 1, 1);
  const { tensors } = await made.soft.state();
  const [now, slow] = [await made.values.read(), Array.from(tensors["targetValues/values"]!.data)];
  [0.1, 0.2, -0.1, 0].forEach((before, i) => {
    expect(slow[i]).toBeCloseTo(before + 0.25 * (now[i]! - before), 6);
  });
});

test("logged data have no KL to measure, and are learned from all the same", async () => {
  const made = build();
  await withRollout(made, async ({ behaviourLogProbs: _, ...logged }) => {
    const stats = await made.soft.update(logged);
    expect(stats.klNats).toBeUndefined();
    expect(stats.loss).toBeGreaterThan(0);
  });
});

test.each<[string, Built]>([
  ["from its rollouts alone", {}],
  ["with replay, target values and micro-batches", { ...everything, options: { microBatchSize: 2 } }],
])("leaves nothing behind, %s", async (_, built) => {
  const made = build(built);
  await withRollout(made, async (rollout) => {
    await expectNoLeak(async () => void (await made.soft.update(rollout)));
  });
});

test("refuses what it can't use", async () => {
  const made = build(everything);
  const { parts, values } = made;
  const withBeta = (beta: number) => () => createSoftQLearning({ ...parts, beta });
  expect(withBeta(0)).toThrow(/beta is 0, expected a number above 0/);
  expect(withBeta(Number.NaN)).toThrow(/beta is NaN/);
  const withOptions = (options: object) => () => createSoftQLearning({ ...parts, options });
  expect(withOptions({ steps: 0 })).toThrow(/steps is 0, expected an integer of 1 or more/);
  expect(withOptions({ clipEpsilon: 0.2 })).toThrow(/clipEpsilon is no option, expected one of discount/);
  // @ts-expect-error: β is the penalty; there is no regularizer.
  expect(() => createSoftQLearning({ ...parts, regularizer: {} })).toThrow(/leave it out: beta is the KL/);
  expect(() => createSoftQLearning({ ...parts, targetValues: values })).toThrow(/expected a copy/);
  expect(() => createSoftQLearning({ ...parts, targetValues: createTabularValues([0]) })).toThrow(
    /expected a copy/,
  );
  await withRollout(made, async (rollout) => {
    const empty = { ...rollout, mask: tf.zerosLike(rollout.mask) };
    await expect(made.soft.update(empty)).rejects.toThrow(/no step of the rollout counts/);
    const broken = { ...rollout, rewards: tf.fill(rollout.rewards.shape, Number.NaN) as tf.Tensor2D };
    const before = await made.policy.probabilities();
    await expect(made.soft.update(broken)).rejects.toThrow(/the rollout's rewards\[0, 0\] is NaN/);
    expect(await made.policy.probabilities()).toEqual(before);
  });
});
