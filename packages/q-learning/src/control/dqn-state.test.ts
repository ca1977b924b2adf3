import { createRandom, disposeRollout, InvalidArgumentError, type State } from "@accord-rl/core";
import { adam, linearSchedule, sgd } from "@accord-rl/learning";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { createDqn } from "./dqn.ts";
import { epsilonGreedy } from "./exploration.ts";
import { prioritizedReplay } from "./prioritized-replay.ts";
import { uniformReplay } from "./replay.ts";
import { hardTarget, polyak } from "./target-update.ts";
import { createTestQ, createTestRollout, randomSteps, randomWeights } from "./test-parts.ts";

const variants = {
  "uniform, copied": () => ({ replay: uniformReplay({ capacity: 30 }), target: hardTarget({ every: 7 }) }),
  "prioritized, following": () => ({
    replay: prioritizedReplay({ capacity: 30, beta: linearSchedule({ from: 0.4, to: 1, steps: 50 }) }),
    target: polyak({ tau: 0.1 }),
  }),
};
type Variant = keyof typeof variants;

const build = (variant: Variant, seed = 1, optimizer = adam({ learningRate: 0.01, maxGradientNorm: 10 })) => {
  const q = createTestQ(randomWeights(2, createRandom(seed)));
  const dqn = createDqn({
    q,
    optimizer,
    random: createRandom(seed).fork("dqn"),
    exploration: epsilonGreedy({ epsilon: linearSchedule({ from: 1, to: 0.1, steps: 60 }) }),
    ...variants[variant](),
    options: { batchSize: 4, gradientSteps: 5, learningStarts: 5, double: true, steps: 3 },
  });
  return { q, dqn };
};

const advance = async ({ dqn }: ReturnType<typeof build>, updates: number, seed: number) => {
  const random = createRandom(seed);
  const log: unknown[] = [];
  for (let update = 0; update < updates; update++) {
    const { actions, logProbs } = await dqn.actor.act(tf.ones([6, 3]), random);
    log.push(Array.from(actions.dataSync()), Array.from(logProbs.dataSync()));
    const rollout = createTestRollout(randomSteps(8, random), randomSteps(8, random));
    log.push(await dqn.update(rollout));
    disposeRollout(rollout);
  }
  return log;
};

test.each(Object.keys(variants) as Variant[])(
  "%s: restored into a fresh one, it continues bit for bit",
  async (variant) => {
    const original = build(variant);
    await advance(original, 3, 1);
    const saved = structuredClone(await original.dqn.state()) as State;
    const resumed = build(variant, 9);
    await advance(resumed, 1, 8);
    resumed.dqn.restore(saved);
    expect(await resumed.dqn.state()).toEqual(saved);
    expect(await advance(resumed, 3, 2)).toEqual(await advance(original, 3, 2));
    expect(await resumed.dqn.state()).toEqual(await original.dqn.state());
  },
);

test("one seed gives one run, another seed another", async () => {
  const log = await advance(build("uniform, copied"), 3, 1);
  expect(await advance(build("uniform, copied"), 3, 1)).toEqual(log);
  expect(await advance(build("uniform, copied", 2), 3, 1)).not.toEqual(log);
});

const without =
  (part: string) =>
  ({ tensors, json }: State): State => ({
    tensors: Object.fromEntries(Object.entries(tensors).filter(([name]) => !name.startsWith(part))),
    json,
  });

test.each<[string, (state: State) => State]>([
  ...["q/", "target/", "optimizer/", "replay/", "windows/"].map(
    (part) => [`without ${part}`, without(part)] as [string, (state: State) => State],
  ),
  [
    "with a damaged generator",
    ({ tensors, json }) => ({ tensors, json: { ...(json as object), random: [1] } }),
  ],
  [
    "with damaged counters",
    ({ tensors, json }) => ({ tensors, json: { ...(json as object), dqn: { updates: -1 } } }),
  ],
  ["of other parts", ({ tensors }) => ({ tensors, json: { policy: null } })],
  ["of nothing", () => ({ tensors: {}, json: null })],
])("a state %s is refused and changes nothing", async (_, damage) => {
  const trained = build("prioritized, following");
  await advance(trained, 2, 1);
  const target = build("prioritized, following", 4);
  await advance(target, 1, 3);
  const [before, tensors] = [await target.dqn.state(), tf.memory().numTensors];
  const damaged = damage(await trained.dqn.state());
  expect(() => target.dqn.restore(damaged)).toThrow(InvalidArgumentError);
  expect(await target.dqn.state()).toEqual(before);
  expect(tf.memory().numTensors).toBe(tensors);
});

test("states of another optimizer, or another kind of buffer, are refused", async () => {
  const [other, target] = [build("uniform, copied", 1, sgd({ learningRate: 1 })), build("uniform, copied")];
  const before = await target.dqn.state();
  const [states] = [[await other.dqn.state(), await build("prioritized, following").dqn.state()]];
  for (const state of states) expect(() => target.dqn.restore(state)).toThrow(InvalidArgumentError);
  expect(await target.dqn.state()).toEqual(before);
});

test("dispose frees the optimizer and the target, and leaves the Q function", () => {
  const before = tf.memory().numTensors;
  const { q, dqn } = build("uniform, copied");
  dqn.dispose();
  expect(q.parameters["layers.0.weight"]!.isDisposed).toBe(false);
  q.dispose();
  expect(tf.memory().numTensors).toBe(before);
});
