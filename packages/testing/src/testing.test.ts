import { createRandom, disposeRollout, type Stats } from "@accord-rl/core";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test, vi } from "vitest";
import {
  bandit,
  checkGradients,
  createTabularPolicy,
  createTabularRollout,
  createTabularValues,
  expectNoLeak,
} from "./index.ts";

describe("toBeAllClose", () => {
  test("compares tensors, typed arrays, nested arrays and numbers", () => {
    expect(tf.tensor2d([[1, 2]])).toBeAllClose([[1, 2.00001]]);
    expect([1, 2]).toBeAllClose(Float32Array.of(1, 2));
    expect(tf.tensor2d([[1, 2]])).toBeAllClose(Float32Array.of(1, 2));
    expect(tf.scalar(3)).toBeAllClose(3);
    expect([Number.NaN, Number.POSITIVE_INFINITY]).toBeAllClose([Number.NaN, Number.POSITIVE_INFINITY]);
  });

  test("sees numbers, shapes and NaN that differ", () => {
    expect([1, 2]).not.toBeAllClose([1, 2.001]);
    expect([Number.NaN]).not.toBeAllClose([1]);
    expect([1]).not.toBeAllClose([Number.NaN]);
    expect([1]).not.toBeAllClose([Number.POSITIVE_INFINITY]);
    expect(tf.tensor2d([[1, 2]])).not.toBeAllClose([1, 2]);
    expect(() => expect(tf.tensor1d([1, 5])).toBeAllClose([1, 2])).toThrow("[1] is 5, expected 2");
  });

  test("refuses a tolerance that passes almost anything, and ragged rows", () => {
    expect(() => expect([1]).toBeAllClose([1], { rtol: 0.1 })).toThrow("rtol is 0.1");
    expect(() => expect([1]).toBeAllClose([[1, 2], [3]])).toThrow("different lengths");
  });
});

test.fails("a test that prints fails", () => {
  console.warn("something");
});

test("a test may look at what is printed", () => {
  const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
  console.warn("something");
  expect(warn).toHaveBeenCalledWith("something");
});

describe("checkGradients", () => {
  const x = tf.tensor1d([0.5, -1.5, 2]);

  test("passes a right gradient", () => {
    checkGradients((input) => tf.square(tf.sin(input)), [x]);
    checkGradients((left, right) => tf.mul(left, right), [x, tf.tensor1d([1, 2, 3])]);
  });

  test("fails a wrong one", () => {
    const wrong = tf.customGrad((input) => ({
      value: tf.square(input as tf.Tensor),
      gradFunc: (dy: tf.Tensor) => tf.mul(dy, 2),
    }));
    expect(() => checkGradients((input) => wrong(input), [x])).toThrow("gradient of input 0");
  });

  test("fails a gradient that mixes up outputs", () => {
    const mixed = tf.customGrad((input) => ({
      value: tf.clone(input as tf.Tensor),
      gradFunc: (dy: tf.Tensor) => tf.reverse(dy),
    }));
    expect(() => checkGradients((input) => mixed(input), [x])).toThrow("gradient of input 0");
  });
});

describe("expectNoLeak", () => {
  test("passes what it may return, also nested and async", async () => {
    await expectNoLeak(() => ({ outer: { inner: tf.scalar(1) } }));
    await expectNoLeak(async () => [tf.scalar(1)]);
    await expectNoLeak((): Stats => ({ loss: 1 }));
  });

  test("fails on a tensor left behind, and on an input disposed of", async () => {
    await expect(expectNoLeak(() => tf.add(tf.scalar(1), 1))).rejects.toThrow("left behind");
    const inputs = [tf.scalar(1), tf.scalar(2)];
    await expect(expectNoLeak(() => inputs.pop()?.dispose())).rejects.toThrow("inputs disposed of");
  });
});

describe("tabular policy", () => {
  const probabilities = [
    [0.5, 0.3, 0.2],
    [0.1, 0.1, 0.8],
  ];
  const create = () => createTabularPolicy(probabilities.map((row) => row.map(Math.log)));

  test("evaluates log-probs, entropy and distribution", async () => {
    const policy = create();
    expect(await policy.probabilities()).toBeAllClose(probabilities);
    const states = tf.tensor2d([[0, 1]], [1, 2], "int32");
    const batch = {
      observations: { states, nextStates: states },
      actions: tf.tensor2d([[1, 2]], [1, 2], "int32"),
    };
    const { logProbs, entropy, distribution } = policy.evaluate(batch, { entropy: true, distribution: true });
    expect(logProbs).toBeAllClose([[Math.log(0.3), Math.log(0.8)]]);
    const nats = probabilities.map((row) => -row.reduce((sum, p) => sum + p * Math.log(p), 0));
    expect(entropy!).toBeAllClose([nats]);
    expect(distribution!).toBeAllClose([probabilities.map((row) => row.map(Math.log))]);
    await expectNoLeak(() => policy.evaluate(batch, { entropy: true }));
    expect(Object.keys(policy.evaluate(batch))).toEqual(["logProbs"]);
  });

  test("acts as its probabilities say, and restores", async () => {
    const policy = create();
    const states = tf.tensor1d(new Int32Array(4000), "int32");
    const { actions, logProbs } = await policy.act(states, createRandom(1));
    const chosen = Array.from(await actions.data());
    // Standard error of a share: √(0.25/4000) = 0.008.
    expect(chosen.filter((action) => action === 0).length / 4000).toBeCloseTo(0.5, 1);
    expect((await logProbs.data())[0]).toBeCloseTo(Math.log(probabilities[0]![chosen[0]!]!), 5);
    const other = policy.clone();
    other.parameters.logits!.assign(tf.zeros([2, 3]));
    expect(await policy.probabilities()).toBeAllClose(probabilities);
    other.restore(await policy.state());
    expect(await other.probabilities()).toBeAllClose(probabilities);
  });

  test("an even rollout holds each sequence as often as its probability says", async () => {
    const policy = create();
    const task = { steps: 2, next: () => 1, reward: (state: number, action: number) => 10 * state + action };
    const rollout = await createTabularRollout({ policy, task, size: 1000, groupSize: 4 });
    const actions = (await rollout.actions.array()) as number[][];
    const share = (first: number, second: number) =>
      actions.filter(([a, b]) => a === first && b === second).length / 1000;
    expect(share(0, 2)).toBeCloseTo(0.4, 2);
    expect(share(2, 0)).toBeCloseTo(0.02, 2);
    expect(await rollout.rewards.array()).toEqual(actions.map(([a, b]) => [a, 10 + b!]));
    expect(rollout.terminated.arraySync()[0]).toEqual([0, 1]);
    expect([...rollout.groups.slice(0, 5)]).toEqual([0, 0, 0, 0, 1]);
    expect(rollout.behaviourLogProbs!).toBeAllClose(policy.evaluate(rollout).logProbs, { rtol: 0, atol: 0 });
    disposeRollout(rollout);
  });

  test("tabular values know the successor, and 0 where terminated", async () => {
    const policy = create();
    const values = createTabularValues([3, 5]);
    const task = { steps: 2, next: () => 1, reward: () => 0 };
    const rollout = await createTabularRollout({ policy, task, size: 1, random: createRandom(0) });
    expect(values.values(rollout)).toBeAllClose([[3, 5]]);
    expect(values.valuesAndNext(rollout).nextValues).toBeAllClose([[5, 0]]);
    expect(bandit([1, 7]).reward(0, 1)).toBe(7);
    values.restore(await createTabularValues([1, 2]).state());
    expect(await values.read()).toEqual([1, 2]);
  });
});
