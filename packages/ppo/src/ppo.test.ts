import { createRandom, disposeRollout } from "@accord-rl/core";
import { adam } from "@accord-rl/math";
import {
  bandit,
  createTabularPolicy,
  createTabularRollout,
  createTabularValues,
  expectNoLeak,
} from "@accord-rl/testing";
import { expect, test } from "vitest";
import { createPpo } from "./index.ts";

test("improves", async () => {
  const policy = createTabularPolicy([[0, 0, 0]]);
  const values = createTabularValues([0]);
  const ppo = createPpo({ policy, values, optimizer: adam({ learningRate: 0.05 }), random: createRandom(1) });
  const random = createRandom(2);
  let stats = {};
  const one = async () => {
    const rollout = await createTabularRollout({ policy, task: bandit([0, 1, 2]), size: 32, random });
    stats = await ppo.update(rollout);
    disposeRollout(rollout);
  };
  for (let i = 0; i < 40; i++) await one();
  await expectNoLeak(one);
  expect(stats).toEqual({});
  expect(await policy.probabilities()).toEqual([]);
});
