import { createRandom, disposeRollout } from "@accord-rl/core";
import { adam } from "@accord-rl/learning";
import { stepRows } from "@accord-rl/policy-gradient";
import {
  bandit,
  climbing,
  createTabularPolicy,
  createTabularRollout,
  createTabularValues,
  identity,
  type TabularTask,
} from "@accord-rl/testing";
import { expect, test } from "vitest";
import { createPpo } from "./index.ts";

const learn = async (task: TabularTask, states: number, actions: number, isFlipped: boolean) => {
  const table = Array.from({ length: states }, () => new Array<number>(actions).fill(0));
  const policy = createTabularPolicy(table);
  const values = createTabularValues(new Array<number>(states).fill(0));
  const optimizer = adam({ learningRate: 0.05 });
  const ppo = createPpo({
    policy,
    values,
    optimizer: isFlipped ? climbing(optimizer) : optimizer,
    random: createRandom(1),
    rows: stepRows,
    options: { discount: 0.4, minibatches: 2, valueCoefficient: 0.5 },
  });
  const random = createRandom(2);
  const rewards: number[] = [];
  // 15 updates of 80 steps: the 1200 steps of stable-baselines3's test.
  for (let update = 0; update < 15; update++) {
    const rollout = await createTabularRollout({ policy, task, size: 80 / task.steps, random });
    rewards.push((await ppo.update(rollout)).reward! / task.steps);
    disposeRollout(rollout);
  }
  return rewards;
};

test.each([
  ["identity", identity, 4, 4],
  ["bandit", bandit([0, 0.2, 1]), 1, 3],
] as const)(
  "learns the %s task in 1200 steps, and a flipped sign does not",
  async (_, task, states, actions) => {
    const rewards = await learn(task, states, actions, false);
    expect(rewards[0]).toBeLessThan(0.6);
    expect(rewards.at(-1)).toBeGreaterThan(0.9);
    const wrong = await learn(task, states, actions, true);
    expect(wrong.at(-1)).toBeLessThan(0.1);
  },
);
