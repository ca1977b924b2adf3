import { createRandom, InvalidArgumentError, NonFiniteError } from "@accord-rl/core";
import { adam, sgd } from "@accord-rl/learning";
import { createCompile, expectNoLeak } from "@accord-rl/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import golden from "./__fixtures__/control.json" with { type: "json" };
import { createDqn } from "./dqn.ts";
import { planCalls } from "./dqn-learning.ts";
import { categoricalLoss, type DqnLoss, quantileLoss, tdLoss } from "./dqn-loss.ts";
import type { DqnOptions } from "./dqn-options.ts";
import type { DqnParts } from "./dqn-parts.ts";
import { epsilonGreedy, greedy } from "./exploration.ts";
import { prioritizedReplay } from "./prioritized-replay.ts";
import { hardTarget, polyak } from "./target-update.ts";
import { huberLoss, squaredLoss } from "./td-loss.ts";
import {
  createTestCategories,
  createTestQ,
  createTestQuantiles,
  createTestRollout,
  randomSteps,
  randomWeights,
  scriptedReplay,
  type TestQ,
} from "./test-parts.ts";

const { inputs, cases } = golden;
const goldenSteps = { ...inputs, rewards: inputs.stepRewards };

const build = ({
  options: { n, discount, double, squared, clip, every, tau },
  compile,
  stepsPerCall = null,
  sign = 1,
}: {
  options: (typeof cases)[number]["options"];
  compile?: DqnParts<TestQ>["compile"];
  stepsPerCall?: number | null;
  sign?: number;
}) => {
  const q = createTestQ(inputs.start);
  const loss = squared ? squaredLoss : huberLoss();
  const dqn = createDqn({
    q,
    optimizer: adam({ learningRate: inputs.learningRate, maxGradientNorm: clip }),
    random: createRandom(1),
    exploration: greedy,
    replay: scriptedReplay(inputs.batches),
    target: tau === null ? hardTarget({ every: every! }) : polyak({ tau }),
    loss: tdLoss((predictions, targets) => tf.mul(loss(predictions, targets), sign)),
    ...(compile && { compile }),
    options: { discount, double, steps: n, batchSize: 3, gradientSteps: 5, learningStarts: 0, stepsPerCall },
  });
  return { q, dqn };
};

const weightsOf = async ({ dqn }: ReturnType<typeof build>, part: "q" | "target") => {
  const { tensors } = await dqn.state();
  return (name: string) => Array.from(tensors[`${part}/${name}`]!.data);
};

describe("whole updates agree with PyTorch", () => {
  const ways = [
    { stepsPerCall: 1 },
    { stepsPerCall: null },
    { stepsPerCall: 2, compile: createCompile() },
    { stepsPerCall: 5, compile: createCompile() },
  ];
  test.each(cases.flatMap((golden) => ways.map((way) => ({ ...golden, way }))))(
    "$options, calls of $way.stepsPerCall",
    async ({ options, outputs, way }) => {
      const built = build({ options, ...way });
      const stats = await built.dqn.update(createTestRollout(goldenSteps));
      expect(stats.loss).toBeAllClose(outputs.loss, { atol: 1e-5 });
      expect(stats.gradientNorm).toBeAllClose(outputs.gradientNorm, { rtol: 2e-5 });
      for (const part of ["q", "target"] as const) {
        const now = await weightsOf(built, part);
        const expected = part === "q" ? outputs.parameters : outputs.target;
        for (const [name, values] of Object.entries(expected)) {
          // Adam divides by √v: what float32 rounds in a small gradient is not small after it.
          expect(now(name), `${part} ${name}`).toBeAllClose(values.flat(), { rtol: 1e-4, atol: 2e-5 });
        }
      }
    },
  );

  test("unless the loss has the other sign", async () => {
    const { options, outputs } = cases[0]!;
    const built = build({ options, sign: -1 });
    await built.dqn.update(createTestRollout(goldenSteps));
    const weight = (await weightsOf(built, "q"))("layers.1.bias");
    expect(weight).not.toBeAllClose(outputs.parameters["layers.1.bias"], { rtol: 0.05 });
  });
});

test("by hand: targets of a terminated, a truncated and a running step", async () => {
  // One state [1, 0, 0] with Q = (1, 2) whatever the weights of the first layer: only the bias of the second counts.
  const q = createTestQ({
    "layers.0.weight": Array(4).fill([0, 0, 0]),
    "layers.0.bias": [0, 0, 0, 0],
    "layers.1.weight": Array(2).fill([0, 0, 0, 0]),
    "layers.1.bias": [1, 2],
  });
  const state = [1, 0, 0];
  const targets: number[] = [];
  const dqn = createDqn({
    q,
    optimizer: sgd({ learningRate: 1e-9 }),
    random: createRandom(0),
    exploration: greedy,
    replay: scriptedReplay([[0], [1], [2]]),
    loss: tdLoss((predictions, given) => {
      targets.push(given.dataSync()[0]!);
      return tf.sub(predictions, given);
    }),
    options: { discount: 0.5, batchSize: 1, gradientSteps: 3, learningStarts: 0 },
  });
  await dqn.update(
    createTestRollout({
      current: [state, state, state],
      next: [state, state, state],
      actions: [0, 0, 0],
      rewards: [10, 20, 30],
      terminated: [1, 0, 0],
      truncated: [0, 1, 0],
    }),
  );
  // 10; 20 + ½·2; 30 + ½·2.
  expect(targets).toBeAllClose([10, 21, 31]);
});

describe("variants", () => {
  const rollout = () => createTestRollout(randomSteps(40, createRandom(5)), randomSteps(40, createRandom(6)));
  type Change = Partial<Omit<DqnParts<TestQ>, "options">> & { options?: Partial<DqnOptions> };
  const common = {
    optimizer: adam({ learningRate: 0.02, maxGradientNorm: 10 }),
    exploration: epsilonGreedy({ epsilon: 0.1 }),
    target: hardTarget({ every: 8 }),
  };
  const options = {
    batchSize: 16,
    gradientSteps: 12,
    learningStarts: 0,
    double: true,
    steps: 3,
    discount: 0.9,
  };
  const parts = (seed: number) => ({ ...common, random: createRandom(seed), options });
  const kinds = {
    numbers: (change: Change = {}) =>
      createDqn({ ...parts(1), q: createTestQ(randomWeights(2, createRandom(2))), ...change }),
    quantiles: ({ options: more, compile, replay }: Change = {}) =>
      createDqn({
        ...parts(1),
        q: createTestQuantiles(randomWeights(10, createRandom(2))),
        loss: quantileLoss(),
        ...(compile && { compile }),
        ...(replay && { replay }),
        options: { ...options, ...more },
      }),
    categories: ({ options: more, compile, replay }: Change = {}) =>
      createDqn({
        ...parts(1),
        q: createTestCategories(randomWeights(10, createRandom(2))),
        loss: categoricalLoss(),
        ...(compile && { compile }),
        ...(replay && { replay }),
        options: { ...options, ...more },
      }),
  };

  test.each(Object.entries(kinds))(
    "%s: the loss goes down, and nothing is left behind",
    async (_, create) => {
      const given = rollout();
      const dqn = create({ options: { ...options, discount: 0 } });
      const losses: number[] = [];
      for (let update = 0; update < 12; update++) losses.push((await dqn.update(given)).loss!);
      // With γ = 0 the targets are the rewards; what chance adds to them can't be learned.
      expect(losses.at(-1)!).toBeLessThan(0.95 * losses[0]!);
      await expectNoLeak(() => dqn.update(given).then(() => undefined));
      dqn.dispose();
    },
  );

  test.each(Object.entries(kinds))(
    "%s: compiled equals interpreted, in any number of calls",
    async (_, create) => {
      const given = rollout();
      const outcomes = [];
      for (const compile of [undefined, createCompile()]) {
        for (const stepsPerCall of [1, 5, 12]) {
          const dqn = create({ ...(compile && { compile }), options: { ...options, stepsPerCall } });
          const stats = [await dqn.update(given), await dqn.update(given)];
          outcomes.push({ stats, state: await dqn.state() });
        }
      }
      for (const { stats, state } of outcomes.slice(1)) {
        for (const [i, numbers] of stats.entries()) {
          for (const [name, value] of Object.entries(numbers)) {
            expect(value, name).toBeAllClose(outcomes[0]!.stats[i]![name]!, { rtol: 1e-3, atol: 1e-4 });
          }
        }
        for (const [name, { data }] of Object.entries(state.tensors)) {
          // 24 steps of Adam: what rounding changes in a gradient near 0 grows.
          expect(data, name).toBeAllClose(outcomes[0]!.state.tensors[name]!.data, { rtol: 2e-3, atol: 1e-3 });
        }
      }
    },
  );

  test("priorities: minibatches count by their weights, and errors come back as priorities", async () => {
    const replay = prioritizedReplay({ capacity: 50, alpha: 1, beta: 1, epsilon: 0.5 });
    const heard: number[] = [];
    const dqn = kinds.numbers({
      replay: {
        ...replay,
        get size() {
          return replay.size;
        },
        updatePriorities: (slots, errors) => {
          heard.push(...errors);
          replay.updatePriorities!(slots, errors);
        },
      },
    });
    await dqn.update(rollout());
    expect(heard).toHaveLength(12 * 16);
    expect(Math.min(...heard)).toBeGreaterThan(0);
    const { tensors } = await replay.state();
    expect(new Set(tensors.priorities!.data).size).toBeGreaterThan(10);
  });

  test("nothing is learned before learningStarts, and actions are uniform until then", async () => {
    const dqn = kinds.numbers({ options: { ...options, learningStarts: 100 }, exploration: greedy });
    const before = (await dqn.state()).tensors;
    const first = await dqn.update(rollout());
    expect(first).toMatchObject({ environmentSteps: 80, gradientSteps: 0, length: 40 });
    expect(first.loss).toBeUndefined();
    expect((await dqn.state()).tensors["q/layers.0.weight"]).toEqual(before["q/layers.0.weight"]);
    const act = async () =>
      Array.from((await dqn.actor.act(tf.ones([60, 3]), createRandom(3))).logProbs.dataSync());
    expect(await act()).toBeAllClose(Array(60).fill(Math.log(0.5)));
    // 60 of 100 have passed: 40 more are uniform, and the rest greedy.
    expect(await act()).toBeAllClose([...Array(40).fill(Math.log(0.5)), ...Array(20).fill(0)]);
    expect(await dqn.update(rollout())).toMatchObject({ environmentSteps: 160, gradientSteps: 12 });
  });

  test("values that ran away are reported", async () => {
    const dqn = kinds.numbers({ optimizer: sgd({ learningRate: 1e30 }), loss: tdLoss(squaredLoss) });
    await expect(dqn.update(rollout())).rejects.toThrow(NonFiniteError);
  });

  test.each<Partial<Record<keyof DqnOptions, unknown>>>([
    { discount: 1.1 },
    { steps: 0 },
    { batchSize: 0 },
    { gradientSteps: 1.5 },
    { learningStarts: -1 },
    { stepsPerCall: 0 },
    { klCoefficient: 0.1 } as never,
  ])("refuses %o", (change) => {
    expect(() => kinds.numbers({ options: change as Partial<DqnOptions> })).toThrow(InvalidArgumentError);
  });
});

describe("a gradient step that overflows", () => {
  // Its reward is finite, but the square of its error is not.
  const steps = randomSteps(20, createRandom(2));
  const overflowing = { ...steps, rewards: steps.rewards.map((reward, t) => (t === 7 ? 3e38 : reward)) };
  const [good, bad] = [
    [0, 1, 2],
    [3, 7, 4],
  ];
  /** Q after one update whose minibatches are given, and what the replay heard of errors. */
  const learn = async (
    batches: number[][],
    way: Pick<DqnParts<TestQ>, "target" | "compile">,
    calls: number,
  ) => {
    const heard: number[][] = [];
    const dqn = createDqn({
      ...way,
      q: createTestQ(inputs.start),
      optimizer: adam({ learningRate: 0.1 }),
      random: createRandom(1),
      exploration: greedy,
      loss: tdLoss(squaredLoss),
      replay: {
        ...scriptedReplay(batches),
        updatePriorities: (slots, errors) => heard.push([...slots, ...errors]),
      },
      options: { batchSize: 3, gradientSteps: batches.length, learningStarts: 0, stepsPerCall: calls },
    });
    const error = await dqn.update(createTestRollout(overflowing)).catch((thrown: unknown) => thrown);
    const { tensors, json } = await dqn.state();
    const learned = Object.entries(tensors).filter(([name]) => /^(q|target|optimizer)\//.test(name));
    const { optimizer, dqn: counters } = json as { optimizer: unknown; dqn: { gradientSteps: number } };
    const state = { ...Object.fromEntries(learned), optimizer, gradientSteps: counters.gradientSteps };
    return { error, state, heard };
  };

  test.each<Pick<DqnParts<TestQ>, "target" | "compile"> & { calls: number; every?: number }>([
    { target: polyak({ tau: 0.1 }), calls: 4 },
    { target: polyak({ tau: 0.1 }), calls: 4, compile: createCompile() },
    { target: polyak({ tau: 0.1 }), calls: 1 },
    { target: hardTarget({ every: 2 }), calls: 4 },
    { target: hardTarget({ every: 2 }), calls: 4, compile: createCompile() },
  ])("leaves everything as the steps before it did: %o", async ({ calls, ...way }) => {
    const failed = await learn([good, good, bad, good], way, calls);
    const expected = await learn([good, good], way, calls);
    expect(expected.error).not.toBeInstanceOf(Error);
    expect(NonFiniteError.isInstance(failed.error)).toBe(true);
    expect((failed.error as Error).message).toContain("dqn: loss is Infinity at step 0");
    expect(failed.state).toEqual(expected.state);
    expect(failed.state.gradientSteps).toBe(2);
    expect(failed.heard).toEqual(expected.heard);
    expect(failed.heard).toHaveLength(2);
  });
});

test("a Q function whose copy is itself is refused: the target would learn along", () => {
  const q = createTestQ(inputs.start);
  const parts = { optimizer: sgd({ learningRate: 1 }), random: createRandom(1), exploration: greedy };
  expect(() => createDqn({ ...parts, q: { ...q, clone: () => q } })).toThrow(InvalidArgumentError);
});

test("calls never pass a copy of the target, and are as even as can be", () => {
  expect(planCalls(0, 128, 16, 128)).toEqual(Array(8).fill(16));
  expect(planCalls(0, 17, 16)).toEqual([8, 9]);
  expect(planCalls(6, 10, 16, 4)).toEqual([2, 4, 4]);
  expect(planCalls(3, 3, 1)).toEqual([1, 1, 1]);
});

test("what does not fit does not compile", () => {
  const q = createTestQ(inputs.start);
  const quantiles = createTestQuantiles(randomWeights(10, createRandom(1)));
  const parts = { q, optimizer: sgd({ learningRate: 1 }), random: createRandom(1), exploration: greedy };
  const refused: (() => unknown)[] = [
    // @ts-expect-error DQN has no KL penalty: there is no such part.
    () => createDqn({ ...parts, regularizer: {} }),
    // @ts-expect-error quantileLoss needs quantiles.
    () => createDqn({ ...parts, loss: quantileLoss() }),
    // @ts-expect-error categories are not quantiles.
    () => createDqn({ ...parts, q: quantiles, loss: categoricalLoss() }),
    // @ts-expect-error DQN has no entropy bonus.
    () => createDqn({ ...parts, options: { entropyCoefficient: 0.1 } }),
    // @ts-expect-error variants are functions, not names.
    () => createDqn({ ...parts, exploration: "epsilon-greedy" }),
  ];
  const lawful: DqnLoss<typeof quantiles> = tdLoss();
  expect([refused.length, lawful]).toEqual([5, expect.anything()]);
});
