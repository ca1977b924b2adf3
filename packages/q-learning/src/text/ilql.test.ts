import {
  type Compile,
  createRandom,
  disposeRollout,
  type Rollout,
  type State,
  type TextObservations,
} from "@accord-rl/core";
import { adam, type OptimizerFactory, sgd } from "@accord-rl/learning";
import { padSequences } from "@accord-rl/math";
import { climbing, createBigram, createCompile, expectNoLeak } from "@accord-rl/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import golden from "../__fixtures__/ilql.json" with { type: "json" };
import { createIlql, type IlqlOptions } from "../index.ts";
import { createGuidedActor } from "./test-actor.ts";

interface Logged {
  readonly prompt: readonly number[];
  readonly response: readonly number[];
  readonly rewards: readonly number[];
}

/** As `loggedRollout` of environments lays it out. */
const rolloutOf = (logged: readonly Logged[]): Rollout<TextObservations> =>
  tf.tidy(() => {
    const left = padSequences(
      logged.map(({ prompt }) => prompt),
      { side: "left" },
    );
    const right = padSequences(
      logged.map(({ response }) => response),
      { side: "right" },
    );
    const [rows, T] = right.tokenIds.shape;
    const column = (of: (item: Logged, t: number) => number) =>
      tf.tensor2d(
        logged.flatMap((item) =>
          Array.from({ length: T }, (_, t) => (t < item.response.length ? of(item, t) : 0)),
        ),
        [rows, T],
      );
    return {
      observations: {
        tokenIds: tf.concat([left.tokenIds, right.tokenIds], 1),
        tokenMask: tf.concat([left.tokenMask, right.tokenMask], 1),
      },
      actions: right.tokenIds.clone(),
      rewards: column(({ rewards }, t) => rewards[t]!),
      valid: right.tokenMask.clone(),
      mask: right.tokenMask.clone(),
      terminated: column(({ response }, t) => Number(t === response.length - 1)),
      truncated: tf.zeros<tf.Rank.R2>([rows, T]),
      policyVersion: 0,
      extras: {},
    };
  });

const { inputs } = golden;
const goldenLog: Logged[] = inputs.prompts.map((prompt, i) => ({
  prompt,
  response: inputs.responses[i]!,
  rewards: inputs.rewards[i]!,
}));

/** ILQL on the golden's model, heads and slow copies. */
const goldenIlql = async (
  options: Partial<IlqlOptions>,
  { optimizer = sgd({ learningRate: 1 }), compile }: { optimizer?: OptimizerFactory; compile?: Compile } = {},
) => {
  const { parameters, targets } = inputs;
  const model = createBigram(parameters["model.embedding"], parameters["model.head"]);
  const ilql = createIlql({
    model,
    createActor: (guide) => createGuidedActor(model, guide, 4),
    optimizer,
    random: createRandom(1),
    ...(compile && { compile }),
    options,
  });
  const state = await ilql.state();
  const set = (name: string, value: number[] | number[][]): void => {
    const tensor = state.tensors[name]!;
    (tensor.data as Float32Array).set(value.flat());
  };
  for (const [name, value] of Object.entries(parameters)) {
    if (name.startsWith("heads.")) set(`heads/${name.slice(6)}`, value);
  }
  for (const [name, value] of Object.entries(targets)) set(`targets/${name.slice(6)}`, value);
  ilql.restore(state);
  return { ilql, model };
};

const current = async (ilql: { state(): Promise<State> }): Promise<Record<string, number[]>> => {
  const { tensors } = await ilql.state();
  return Object.fromEntries(Object.entries(tensors).map(([name, { data }]) => [name, Array.from(data)]));
};

describe("an update agrees with PyTorch, values and gradients", () => {
  test.each(golden.cases)("$options", async ({ options, gradients, ...expected }) => {
    const { ilql } = await goldenIlql(options);
    const before = await current(ilql);
    const rollout = rolloutOf(goldenLog);
    const stats = await ilql.update(rollout);
    for (const name of ["loss", "tdLoss", "valueLoss", "conservativeLoss", "policyLoss"] as const) {
      expect(stats[name]!, name).toBeAllClose(expected[name], { rtol: 1e-5 });
    }
    const after = await current(ilql);
    for (const [name, gradient] of Object.entries(gradients)) {
      const key = name.replace(".", "/");
      const moved = before[key]!.map((value, i) => value - after[key]![i]!);
      expect(moved, name).toBeAllClose((gradient as number[][]).flat(), { rtol: 1e-4, atol: 2e-6 });
    }
    disposeRollout(rollout);
    ilql.dispose();
  });
});

/** Moves made from one state, as numbers by name. */
const movesOf = async (...given: Parameters<typeof goldenIlql>): Promise<Record<string, number[]>> => {
  const { ilql } = await goldenIlql(...given);
  const rollout = rolloutOf(goldenLog);
  const stats = await ilql.update(rollout);
  disposeRollout(rollout);
  const all = { ...(await current(ilql)), stats: Object.values(stats) };
  ilql.dispose();
  return all;
};

describe("what must not matter", () => {
  const options = { policyWeight: 0.5, advantageScale: 0.3 };
  test.each<[string, Parameters<typeof goldenIlql>]>([
    ["micro-batches", [{ ...options, microBatchSize: 1 }]],
    ["being recorded", [options, { compile: (fn) => ((...tensors) => fn(...tensors)) as typeof fn }]],
    ["being compiled", [options, { compile: createCompile() }]],
  ])("%s", async (_, given) => {
    const [expected, actual] = [await movesOf(options), await movesOf(...given)];
    for (const [name, numbers] of Object.entries(expected)) {
      expect(actual[name]!, name).toBeAllClose(numbers, { rtol: 1e-4, atol: 1e-5 });
    }
  });
});

/**
 * From A (0) people mostly went straight to a small reward (5), some over M (2) to nothing (4). From B (1) they went over
 * M, now and then to the large reward (3). Nobody went from A over M to 3: that must be put together from two.
 */
const paths: Logged[] = [
  ...Array.from({ length: 6 }, () => ({ prompt: [0], response: [5], rewards: [0.3] })),
  ...Array.from({ length: 4 }, () => ({ prompt: [0], response: [2, 4], rewards: [0, 0] })),
  ...Array.from({ length: 2 }, () => ({ prompt: [1], response: [2, 3], rewards: [0, 1] })),
  ...Array.from({ length: 4 }, () => ({ prompt: [1], response: [2, 4], rewards: [0, 0] })),
];

const oneHot = Array.from({ length: 6 }, (_, i) => Array.from({ length: 6 }, (_, j) => Number(i === j)));
const zeros = oneHot.map((row) => row.map(() => 0));

const stitching = ({
  optimizer = adam({ learningRate: 0.1 }),
  ...options
}: Partial<IlqlOptions> & { optimizer?: OptimizerFactory } = {}) => {
  const model = createBigram(oneHot, zeros);
  const createActor = (guide: Parameters<typeof createGuidedActor>[1]) => createGuidedActor(model, guide, 5);
  const ilql = createIlql({
    model,
    createActor,
    optimizer,
    random: createRandom(1),
    options: {
      discount: 0.99,
      expectile: 0.9,
      beta: 10,
      conservativeWeight: 0.01,
      targetRate: 0.2,
      targetEvery: 1,
      ...options,
    },
  });
  const learn = async (updates: number) => {
    const rollout = rolloutOf(paths);
    for (let update = 0; update < updates; update++) await ilql.update(rollout);
    disposeRollout(rollout);
  };
  const answer = async (actor = ilql.actor) =>
    Array.from((await actor.generate([[0]], { maxNewTokens: 2, random: createRandom(1) })).responses[0]!);
  return { model, ilql, learn, answer, cloned: () => answer(createActor(ilql.guide(0))) };
};

describe("a way that nobody went", () => {
  test.each([
    ["with the model", {}],
    ["with hidden layers", { hiddenWidth: 12 }],
  ])("is found by Q and V, %s; a clone goes where most went", async (_, options) => {
    const { ilql, learn, answer, cloned } = stitching(options);
    await learn(70);
    expect(await cloned()).toEqual([5]);
    expect(await answer()).toEqual([2, 3]);
    ilql.dispose();
  });

  test("is not found from whole returns: nobody who started there came to more than the small reward", async () => {
    const { ilql, learn, answer } = stitching({ gaeLambda: 1 });
    await learn(70);
    expect(await answer()).toEqual([5]);
    ilql.dispose();
  });

  test("is not found with a flipped sign", async () => {
    const { ilql, learn, answer } = stitching({ optimizer: climbing(adam({ learningRate: 0.1 })) });
    await learn(30);
    expect(await answer()).not.toEqual([2, 3]);
    ilql.dispose();
  });
});

test("before anything is learned, its actor is the model itself", () => {
  const { ilql, model } = stitching({ hiddenWidth: 12 });
  const plain = createGuidedActor(model, ({ logits }) => logits, 5);
  expect(ilql.actor.distribution(0)).toBeAllClose(plain.distribution(0));
  ilql.dispose();
});

test("a frozen model stays as it is, while the heads learn", async () => {
  const { ilql, model, learn } = stitching({ trainModel: false });
  const before = model.parameters.head!.arraySync() as number[][];
  await learn(5);
  expect(model.parameters.head!).toBeAllClose(before, { rtol: 0, atol: 0 });
  expect(ilql.actor.distribution(2)[3]).toBeGreaterThan(ilql.actor.distribution(2)[4]!);
  expect(Object.keys((await ilql.state()).tensors).some((name) => name.startsWith("model"))).toBe(false);
  ilql.dispose();
});

test("restored into a fresh one, it continues bit for bit", async () => {
  const original = stitching();
  await original.learn(3);
  const saved = structuredClone(await original.ilql.state()) as State;
  const resumed = stitching();
  await resumed.learn(1);
  resumed.ilql.restore(saved);
  for (const each of [original, resumed]) await each.learn(3);
  expect(await resumed.ilql.state()).toEqual(await original.ilql.state());
  expect(resumed.ilql.actor.distribution(0)).toEqual(original.ilql.actor.distribution(0));
});

test("a damaged state is refused and changes nothing", async () => {
  const { ilql, learn } = stitching();
  await learn(2);
  const state = await ilql.state();
  const before = structuredClone(state);
  await learn(1);
  const now = await ilql.state();
  for (const damaged of [
    { ...before, json: { ...(before.json as object), ilql: { updates: -1 } } },
    { ...before, tensors: { ...before.tensors, "targets/q1.weight": before.tensors["targets/q1.bias"]! } },
    { ...before, tensors: { ...before.tensors, "heads/more": before.tensors["targets/q1.bias"]! } },
  ]) {
    expect(() => ilql.restore(damaged)).toThrow(/expected|unknown/);
    expect(await ilql.state()).toEqual(now);
  }
});

test("leaves nothing behind, and frees what is its own", async () => {
  const { ilql, learn, model } = stitching({ trainModel: false });
  await expectNoLeak(() => learn(2));
  const before = tf.memory().numTensors;
  const other = stitching();
  other.ilql.dispose();
  other.model.dispose();
  expect(tf.memory().numTensors).toBe(before);
  ilql.dispose();
  expect(model.parameters.head!.isDisposed).toBe(false);
});

test("refuses what it can't use", async () => {
  expect(() => stitching({ expectile: 1 })).toThrow(/expectile is 1, expected a number between 0 and 1/);
  expect(() => stitching({ gaeLambda: 1.1 })).toThrow(/gaeLambda is 1.1, expected a number from 0 to 1/);
  expect(() => stitching({ targetEvery: 0 })).toThrow(/targetEvery is 0/);
  expect(() => stitching({ cql: 1 } as never)).toThrow(/cql is no option, expected one of expectile/);
  const model = createBigram(oneHot, zeros);
  const parts = {
    model,
    createActor: (guide: Parameters<typeof createGuidedActor>[1]) => createGuidedActor(model, guide, 5),
    optimizer: sgd({ learningRate: 1 }),
    random: createRandom(1),
  };
  // @ts-expect-error: decoding's β is the penalty; there is no regularizer.
  expect(() => createIlql({ ...parts, regularizer: {} })).toThrow(/leave it out: beta says/);
  const headOptimizer = sgd({ learningRate: 1 });
  expect(() => createIlql({ ...parts, headOptimizer, options: { trainModel: false } })).toThrow(/is frozen/);
  const { ilql } = stitching();
  const rollout = rolloutOf(paths);
  const empty = { ...rollout, mask: tf.zerosLike(rollout.mask) };
  await expect(ilql.update(empty)).rejects.toThrow(/ilql.update: no step of the rollout counts/);
});
