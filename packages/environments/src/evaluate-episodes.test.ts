import { type Actor, createRandom, type Environment, NonFiniteError, type Random } from "@accord-rl/core";
import { expectNoLeak } from "@accord-rl/testing";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import {
  createBanditEnvironment,
  createCartPole,
  createIdentityEnvironment,
  evaluateEpisodes,
} from "./index.ts";

const always = (action: number): Actor => ({
  act: async (observations) => ({
    actions: tf.fill([observations.shape[0]!], action, "int32") as tf.Tensor1D,
    logProbs: tf.zeros([observations.shape[0]!]) as tf.Tensor1D,
  }),
});

/** Episodes of one step and of 50, equally often, reward 1 per step. */
const mixed = (size: number): Environment => {
  let random: Random;
  const left = new Int32Array(size);
  const draw = () => (random.uniform() < 0.5 ? 1 : 50);
  return {
    name: "mixed",
    size,
    actions: 1,
    observationShape: [1],
    reset: (source) => {
      random = source;
      left.forEach((_, row) => {
        left[row] = draw();
      });
      return new Float32Array(size);
    },
    step: () => {
      const truncated = Float32Array.from(left, (steps) => Number(steps === 1));
      left.forEach((steps, row) => {
        left[row] = steps === 1 ? draw() : steps - 1;
      });
      const nothing = new Float32Array(size);
      const rewards = new Float32Array(size).fill(1);
      return { observations: nothing, successors: nothing, rewards, terminated: nothing, truncated };
    },
  };
};

test("plays exactly as many episodes as asked for, more or fewer than environments", async () => {
  const environment = createIdentityEnvironment({ size: 4, actions: 2, episodeLength: 6 });
  for (const episodes of [1, 3, 4, 10]) {
    const played = await evaluateEpisodes({
      actor: always(1),
      environment,
      episodes,
      random: createRandom(0),
    });
    expect(played.map(({ length }) => length)).toEqual(Array(episodes).fill(6));
  }
});

test("short episodes count no more than long ones", async () => {
  const settings = { actor: always(0), environment: mixed(100), episodes: 200, random: createRandom(2) };
  const played = await evaluateEpisodes(settings);
  const mean = played.reduce((sum, { reward }) => sum + reward, 0) / 200;
  // Mean 25.5, standard error 24.5/√200 = 1.7. The first 200 to end would give about 1.
  expect(Math.abs(mean - 25.5)).toBeLessThan(6);
  expect(played.every(({ reward, length }) => reward === length)).toBe(true);
});

test("one stream of random numbers gives one result; nothing is left behind", async () => {
  const evaluate = () =>
    evaluateEpisodes({
      actor: always(1),
      environment: createCartPole({ size: 3 }),
      episodes: 5,
      random: createRandom(3),
    });
  const first = await evaluate();
  expect(await evaluate()).toEqual(first);
  // Pushing one way only topples the pole within 8 to 11 steps.
  expect(Math.max(...first.map(({ reward }) => reward))).toBeLessThan(12);
  await expectNoLeak(async () => {
    await evaluate();
  });
});

test("refuses no episodes, and rewards that are not finite", async () => {
  const settings = { actor: always(3), environment: createBanditEnvironment([1]), random: createRandom(0) };
  await expect(evaluateEpisodes({ ...settings, episodes: 0 })).rejects.toThrow(/episodes is 0/);
  const error: unknown = await evaluateEpisodes({ ...settings, episodes: 2 }).catch((e) => e);
  expect(NonFiniteError.isInstance(error)).toBe(true);
});
