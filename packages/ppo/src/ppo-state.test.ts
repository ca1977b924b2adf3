import { createRandom, disposeRollout, InvalidArgumentError, type State } from "@accord-rl/core";
import { adam, sgd } from "@accord-rl/learning";
import { createTabularRollout } from "@accord-rl/testing";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { goldenPpo, goldenReference, goldenRollout, testRegularizer } from "./test-parts.ts";

const task = {
  steps: 3,
  next: (state: number, action: number) => (state + action) % 4,
  reward: (state: number, action: number) => Number(state === action),
};

const build = (seed = 5) =>
  goldenPpo({
    optimizer: adam({ learningRate: 0.05 }),
    valueOptimizer: adam({ learningRate: 0.1 }),
    random: createRandom(seed),
    regularizer: testRegularizer(goldenReference(), "reward", 0.1, 1.5),
    options: { minibatches: 2, epochs: 2 },
  });

const advance = async ({ ppo, policy }: ReturnType<typeof build>, updates: number, seed: number) => {
  const random = createRandom(seed);
  const log = [];
  for (let update = 0; update < updates; update++) {
    const rollout = await createTabularRollout({ policy, task, size: 6, random });
    log.push(await ppo.update(rollout));
    disposeRollout(rollout);
  }
  return log;
};

test("restored into a fresh one, it continues bit for bit", async () => {
  const original = build();
  await advance(original, 3, 1);
  const saved = await original.ppo.state();
  const resumed = build(99);
  await advance(resumed, 1, 8);
  resumed.ppo.restore(structuredClone(saved) as State);
  expect(await advance(resumed, 2, 2)).toEqual(await advance(original, 2, 2));
  expect(resumed.tables()).toEqual(original.tables());
  expect(await resumed.ppo.state()).toEqual(await original.ppo.state());
});

test("one seed gives one run, another seed another", async () => {
  const [one, same, other] = [build(), build(), build(6)];
  const log = await advance(one, 3, 1);
  expect(await advance(same, 3, 1)).toEqual(log);
  expect(await advance(other, 3, 1)).not.toEqual(log);
});

test.each<[string, (state: State) => State]>([
  [
    "without optimizer",
    ({ tensors, json }) => ({ tensors, json: { ...(json as object), optimizer: undefined } as never }),
  ],
  [
    "of another size",
    ({ tensors, json }) => ({ json, tensors: { ...tensors, "values/values": tensors["policy/logits"]! } }),
  ],
  [
    "with a damaged generator",
    ({ tensors, json }) => ({ tensors, json: { ...(json as object), random: [1, 2] } }),
  ],
  [
    "with a damaged counter",
    ({ tensors, json }) => ({ tensors, json: { ...(json as object), ppo: { updates: -1 } } }),
  ],
  ["of other parts", ({ tensors }) => ({ tensors, json: { policy: null } })],
  ["of nothing", () => ({ tensors: {}, json: null })],
])("a state %s is refused and changes nothing", async (_, damage) => {
  const trained = build();
  await advance(trained, 2, 1);
  const target = build(4);
  await advance(target, 1, 3);
  const [before, tensors] = [await target.ppo.state(), tf.memory().numTensors];
  const damaged = damage(await trained.ppo.state());
  expect(() => target.ppo.restore(damaged)).toThrow(InvalidArgumentError);
  expect(await target.ppo.state()).toEqual(before);
  expect(tf.memory().numTensors).toBe(tensors);
});

test("a state of another optimizer is refused and changes nothing", async () => {
  const other = goldenPpo({ optimizer: sgd({ learningRate: 1 }) });
  const target = goldenPpo({ optimizer: adam({ learningRate: 1 }) });
  await other.ppo.update(goldenRollout());
  const before = target.tables();
  const state = await other.ppo.state();
  expect(() => target.ppo.restore(state)).toThrow(InvalidArgumentError);
  expect(target.tables()).toEqual(before);
});

test("dispose frees the optimizers and leaves the policy", async () => {
  const before = tf.memory().numTensors;
  const { ppo, policy, values } = build();
  ppo.dispose();
  expect(policy.parameters.logits!.isDisposed).toBe(false);
  policy.dispose();
  values.dispose();
  // The reference of the regularizer is what is left.
  expect(tf.memory().numTensors).toBe(before + 1);
});
