import { createRandom, InvalidArgumentError } from "@accord-rl/core";
import { valueAndGradients } from "@accord-rl/math";
import { expectNoLeak } from "@accord-rl/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { createMlpPolicy, createMlpValueFunction } from "./mlp-policy.ts";
import { createMlpQFunction } from "./mlp-q-function.ts";
import { orthogonal } from "./orthogonal.ts";

const options = { observationShape: [2, 2], hiddenWidths: [5], random: createRandom(1) };
const numbers = (shape: number[], seed: number) =>
  tf.tensor(
    Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(seed * (i + 1))),
    shape,
  );
/** Two environments of three steps. */
const rollout = () => ({
  observations: { current: numbers([2, 3, 2, 2], 1.1), next: numbers([2, 3, 2, 2], 0.7) },
  actions: tf.tensor2d(
    [
      [0, 1, 2],
      [2, 1, 0],
    ],
    undefined,
    "int32",
  ),
  rewards: tf.zeros([2, 3]) as tf.Tensor2D,
  valid: tf.tensor2d([
    [1, 1, 1],
    [1, 1, 0],
  ]),
  mask: tf.ones([2, 3]) as tf.Tensor2D,
  terminated: tf.tensor2d([
    [0, 1, 0],
    [0, 0, 0],
  ]),
  truncated: tf.zeros([2, 3]) as tf.Tensor2D,
  policyVersion: 0,
  extras: {},
});

describe("orthogonal", () => {
  it.each([
    [3, 5],
    [5, 3],
    [4, 4],
    [1, 6],
  ])("gives %i × %i numbers whose shorter side is orthogonal, of length gain", (rows, columns) => {
    const matrix = tf.tensor2d(orthogonal(rows, columns, 2, createRandom(1)), [rows, columns]);
    const product =
      rows <= columns ? tf.matMul(matrix, matrix, false, true) : tf.matMul(matrix, matrix, true);
    expect(product).toBeAllClose(tf.mul(tf.eye(Math.min(rows, columns)), 4), { rtol: 1e-5, atol: 1e-5 });
  });
});

describe("createMlpPolicy", () => {
  const policy = createMlpPolicy({ ...options, actions: 3 });

  it("starts almost uniform", () => {
    const { distribution } = createMlpPolicy({ ...options, actions: 3 }).evaluate(rollout(), {
      distribution: true,
    });
    expect(distribution as tf.Tensor).toBeAllClose(tf.fill([2, 3, 3], Math.log(1 / 3)), {
      rtol: 0,
      atol: 0.03,
    });
  });
  it("computes W₂ · tanh(W₁ · x + b₁) + b₂, normalised", () => {
    const { observations, actions } = rollout();
    const weights = Object.values(policy.parameters).map((parameter) => parameter.arraySync()) as [
      number[][],
      number[],
      number[][],
      number[],
    ];
    const [w1, b1, w2, b2] = weights;
    const layer = (w: number[][], b: number[], x: number[]) =>
      w.map((row, o) => row.reduce((sum, v, i) => sum + v * (x[i] as number), b[o] as number));
    const states = (tf.reshape(observations.current, [6, 4]) as tf.Tensor2D).arraySync();
    const chosen = Array.from(actions.dataSync());
    const expected = states.map((x, n) => {
      const logits = layer(w2, b2, layer(w1, b1, x).map(Math.tanh));
      return (
        (logits[chosen[n] as number] as number) -
        Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit), 0))
      );
    });
    const { logProbs } = policy.evaluate({ observations, actions });
    expect(tf.reshape(logProbs, [6])).toBeAllClose(expected, { rtol: 1e-4 });
  });
  it("acts as it scores", async () => {
    const { observations } = rollout();
    const states = tf.slice(observations.current, [0, 0, 0, 0], [2, 1, 2, 2]);
    const { actions, logProbs } = await policy.act(tf.squeeze(states, [1]), createRandom(3));
    const scored = policy.evaluate({
      observations: { current: states, next: states },
      actions: tf.reshape(actions, [2, 1]),
    });
    expect(actions.dtype).toBe("int32");
    expect(tf.squeeze(scored.logProbs, [1])).toBeAllClose(logProbs, { rtol: 1e-4, atol: 1e-5 });
  });
  it("acts the same without tensors", async () => {
    const skewed = createMlpPolicy({ ...options, actions: 3 });
    skewed.parameters["layers.1.bias"]?.assign(tf.tensor1d([1, 0, -1]));
    for (const size of [8, 20_000]) {
      const states = numbers([size, 2, 2], 1.7);
      const byTensors = await skewed.act(states, createRandom(5));
      const onHost = skewed.actOnHost(states.dataSync<"float32">(), size, createRandom(5));
      const actions = await byTensors.actions.data();
      // Where a draw falls onto the border of two actions, rounding decides.
      const differ = onHost.actions.filter((action, row) => action !== actions[row]).length;
      expect(differ).toBeLessThanOrEqual(size / 1000);
      if (differ === 0) expect(onHost.logProbs).toBeAllClose(byTensors.logProbs, { atol: 1e-5 });
      const scored = skewed.evaluate({
        observations: { current: tf.expandDims(states, 1), next: states },
        actions: tf.tensor2d(onHost.actions, [size, 1], "int32"),
      });
      expect(onHost.logProbs).toBeAllClose(tf.reshape(scored.logProbs, [size]), { atol: 1e-5 });
    }
  });
  it("takes the most likely action where it is greedy", async () => {
    const states = numbers([8, 2, 2], 1.7);
    const { distribution } = policy.evaluate(
      {
        observations: { current: tf.expandDims(states, 1), next: states },
        actions: tf.zeros([8, 1], "int32"),
      },
      { distribution: true },
    );
    const best = tf.reshape(tf.argMax(distribution as tf.Tensor, 2), [8]);
    const { actions, logProbs } = await policy.greedy.act(states, createRandom(1));
    expect(actions).toBeAllClose(best);
    expect(logProbs).toBeAllClose(new Array(8).fill(0));
    const onHost = policy.greedy.actOnHost(states.dataSync<"float32">(), 8, createRandom(1));
    expect(onHost.actions).toBeAllClose(best);
  });
  it("takes each action as often as it says", async () => {
    const states = tf.tile(numbers([1, 2, 2], 2), [3000, 1, 1]);
    const current = tf.expandDims(states, 1);
    const skewed = createMlpPolicy({ ...options, actions: 3 });
    skewed.parameters["layers.1.bias"]?.assign(tf.tensor1d([1, 0, -1]));
    const { actions } = await skewed.act(states, createRandom(3));
    const { distribution } = skewed.evaluate(
      { observations: { current, next: current }, actions: tf.reshape(actions, [3000, 1]) },
      { distribution: true },
    );
    const first = tf.slice(distribution as tf.Tensor, [0, 0, 0], [1, 1, 3]);
    const probabilities = tf.reshape(tf.exp(first), [3]);
    const shares = tf.mean(tf.oneHot(actions, 3), 0);
    expect(shares).toBeAllClose(probabilities, { rtol: 0, atol: 0.03 }); // 3 standard deviations of 3000 draws
  });
  it("learns in every parameter; saves, restores and leaks nothing", async () => {
    const batch = rollout();
    const { gradients } = valueAndGradients(
      () => ({ loss: tf.sum(policy.evaluate(batch).logProbs) as tf.Scalar }),
      policy.parameters,
    );
    for (const [name, gradient] of Object.entries(gradients)) {
      expect(tf.max(tf.abs(gradient)).dataSync()[0], name).toBeGreaterThan(0);
    }
    const other = createMlpPolicy({ ...options, actions: 3, random: createRandom(9) });
    other.restore(await policy.state());
    expect(other.evaluate(batch).logProbs).toBeAllClose(policy.evaluate(batch).logProbs, {
      rtol: 0,
      atol: 0,
    });
    await expectNoLeak(() => ({ ...policy.evaluate(batch, { entropy: true, distribution: true }) }));
    const states = numbers([4, 2, 2], 1);
    for (const actor of [policy, policy.greedy]) {
      await expectNoLeak(async () => ({ ...(await actor.act(states, createRandom(1))) }));
    }
    await expectNoLeak(() => createMlpPolicy({ ...options, actions: 3 }).dispose());
  });
  it.each([{ actions: 0 }, { hiddenWidths: [0] }, { observationShape: [0] }])("refuses %o", (change) => {
    expect(() => createMlpPolicy({ ...options, actions: 3, ...change })).toThrow(InvalidArgumentError);
  });
});

describe("createMlpValueFunction", () => {
  it("gives the successor's value, 0 where terminated or padding", async () => {
    const value = createMlpValueFunction(options);
    const batch = rollout();
    const { values, nextValues } = value.valuesAndNext(batch);
    expect(values).toBeAllClose(value.values(batch), { rtol: 0, atol: 0 });
    const successors = value.values({
      ...batch,
      observations: { current: batch.observations.next, next: batch.observations.next },
    });
    expect(nextValues).toBeAllClose(
      tf.mul(
        successors,
        tf.tensor2d([
          [1, 0, 1],
          [1, 1, 0],
        ]),
      ),
      { rtol: 1e-6 },
    );
    await expectNoLeak(() => value.valuesAndNext(batch));
    await expectNoLeak(() => createMlpValueFunction(options).dispose());
  });
});

describe("a plain array as an observation", () => {
  const sizes = { observationShape: [3], hiddenWidths: [4], actions: 2, random: createRandom(1) };
  const rows = [
    [0.1, -0.2, 0.3],
    [1, 2, 3],
  ];
  const policy = createMlpPolicy(sizes);
  const q = createMlpQFunction(sizes);
  it.each([
    [rows],
    [rows.flat()],
    [Float32Array.from(rows.flat())],
    [rows.map((row) => Float64Array.from(row))],
  ])("acts on %o as on a tensor", async (given) => {
    const read = async (observations: typeof given | tf.Tensor) => {
      const { actions, logProbs } = await policy.act(observations, createRandom(2));
      const greedy = await policy.greedy.act(observations, createRandom(2));
      const values = q.values(observations as tf.Tensor);
      return [actions, logProbs, greedy.actions, values].map((tensor) => Array.from(tensor.dataSync()));
    };
    expect(await read(given)).toEqual(await read(tf.tensor2d(rows)));
  });
  it.each([
    [[[1, 2]], "MlpPolicy.act: observations has shape [1, 2], expected [1, 3]"],
    [[1, 2, 3, 4], "MlpPolicy.act: observations has shape [4], expected [2, 3]"],
    [[], "observations has shape [0]"],
    [undefined, "MlpPolicy.act: observations is undefined, expected an array"],
  ])("refuses %o", async (given, message) => {
    await expect(policy.act(given as number[], createRandom(2))).rejects.toThrow(message);
  });
});
