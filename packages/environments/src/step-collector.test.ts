import { type Actor, createRandom, disposeRollout, type Environment, NonFiniteError } from "@accord-rl/core";
import { expectNoLeak } from "@accord-rl/testing";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { createBanditEnvironment, createIdentityEnvironment, createStepCollector } from "./index.ts";

/** Counts up from 10·row; terminated when it reaches a multiple of 3, else truncated at a multiple of 4. */
const counter = (): Environment => {
  const start = () => Float32Array.of(0, 10);
  let states = start();
  return {
    name: "counter",
    size: 2,
    actions: 2,
    observationShape: [1],
    reset: () => {
      states = start();
      return states;
    },
    step: (actions) => {
      const successors = states.map((state, row) => state + 1 + actions[row]!);
      const terminated = successors.map((state) => Number(state % 3 === 0));
      const truncated = successors.map((state) => Number(state % 3 !== 0 && state % 4 === 0));
      states = successors.map((state, row) => (terminated[row] || truncated[row] ? start()[row]! : state));
      return { observations: states, successors, rewards: successors, terminated, truncated };
    },
  };
};

/** Always the same action. */
const stubborn = (action: number): Actor => ({
  act: async (observations) => ({
    actions: tf.fill([observations.shape[0]!], action, "int32") as tf.Tensor1D,
    logProbs: tf.fill([observations.shape[0]!], -0.5) as tf.Tensor1D,
  }),
});

const rowsOf = (tensor: tf.Tensor): unknown => tensor.arraySync();

/** Names the state it sees. */
const honest: Actor = {
  act: async (observations) => ({
    actions: tf.argMax(observations, 1) as tf.Tensor1D,
    logProbs: tf.zeros([observations.shape[0]!]) as tf.Tensor1D,
  }),
};

test("records states, true successors and ends, and goes on where it stopped", async () => {
  const collector = createStepCollector({
    actor: stubborn(0),
    environment: counter(),
    random: createRandom(0),
  });
  const first = await collector.collect(2, { policyVersion: 5 });
  const second = await collector.collect(2);
  const read = ({ rollout }: typeof first) => ({
    current: tf.squeeze(rollout.observations.current, [2]).arraySync(),
    next: tf.squeeze(rollout.observations.next, [2]).arraySync(),
    terminated: rollout.terminated.arraySync(),
    truncated: rollout.truncated.arraySync(),
    rewards: rollout.rewards.arraySync(),
  });
  expect(read(first)).toEqual({
    current: [
      [0, 1],
      [10, 11],
    ],
    next: [
      [1, 2],
      [11, 12],
    ],
    terminated: [
      [0, 0],
      [0, 1],
    ],
    truncated: [
      [0, 0],
      [0, 0],
    ],
    rewards: [
      [1, 2],
      [11, 12],
    ],
  });
  // Row 0 ends at 3 and restarts at 0; row 1 restarted at 10.
  expect(read(second)).toMatchObject({
    current: [
      [2, 0],
      [10, 11],
    ],
    next: [
      [3, 1],
      [11, 12],
    ],
    terminated: [
      [1, 0],
      [0, 1],
    ],
  });
  expect(first.episodes).toEqual([{ reward: 23, length: 2 }]);
  expect(second.episodes).toEqual([
    { reward: 6, length: 3 },
    { reward: 23, length: 2 },
  ]);
  expect(first.rollout.policyVersion).toBe(5);
  expect(first.rollout.behaviourLogProbs).toBeAllClose([
    [-0.5, -0.5],
    [-0.5, -0.5],
  ]);
  expect(first.rollout.actions.dtype).toBe("int32");
  disposeRollout(first.rollout);
  disposeRollout(second.rollout);
});

test("a step cut by a time limit keeps its true successor", async () => {
  const collector = createStepCollector({
    actor: stubborn(1),
    environment: counter(),
    random: createRandom(0),
  });
  const { rollout } = await collector.collect(2);
  // Row 0: 0 → 2 → 4, truncated there.
  expect(rollout.truncated.arraySync()).toEqual([
    [0, 1],
    [0, 0],
  ]);
  expect(tf.squeeze(rollout.observations.next, [2]).arraySync()).toEqual([
    [2, 4],
    [12, 12],
  ]);
  disposeRollout(rollout);
});

test("naming the state earns everything in the identity task; episodes are cut at their length", async () => {
  const environment = createIdentityEnvironment({ size: 3, actions: 4, episodeLength: 5 });
  const collector = createStepCollector({ actor: honest, environment, random: createRandom(3) });
  const { rollout, episodes } = await collector.collect(10);
  expect(episodes).toEqual(Array.from({ length: 6 }, () => ({ reward: 5, length: 5 })));
  expect(rollout.truncated.arraySync()).toEqual(
    Array.from({ length: 3 }, () => [0, 0, 0, 0, 1, 0, 0, 0, 0, 1]),
  );
  // Within an episode the successor is what is seen next.
  const [current, next] = [rollout.observations.current, rollout.observations.next];
  expect(tf.slice(next, [0, 0, 0], [3, 4, 4])).toBeAllClose(tf.slice(current, [0, 1, 0], [3, 4, 4]));
  disposeRollout(rollout);
});

test("prefers acting on the host, which gives the same rollout as acting on tensors", async () => {
  const onHost: Actor = {
    act: () => Promise.reject(new Error("asked for tensors")),
    actOnHost: (observations, size) => ({
      actions: Int32Array.from({ length: size }, (_, row) => observations.indexOf(1, row * 4) - row * 4),
      logProbs: new Float32Array(size),
    }),
  };
  const read = async (actor: Actor) => {
    const environment = createIdentityEnvironment({ size: 3, actions: 4, episodeLength: 5 });
    const collector = createStepCollector({ actor, environment, random: createRandom(3) });
    const { rollout, episodes } = await collector.collect(10);
    const { observations, actions, behaviourLogProbs, rewards } = rollout;
    const values = [observations.current, observations.next, actions, behaviourLogProbs!, rewards].map(
      rowsOf,
    );
    disposeRollout(rollout);
    return { values, episodes };
  };
  expect(await read(onHost)).toEqual(await read(honest));
});

test("states of the identity task are uniform and independent", async () => {
  const environment = createIdentityEnvironment({ size: 50, actions: 4 });
  const { rollout } = await createStepCollector({
    actor: stubborn(2),
    environment,
    random: createRandom(1),
  }).collect(80);
  // 4000 draws of p = 1/4: standard deviation .007.
  expect(tf.mean(rollout.rewards).dataSync()[0]).toBeCloseTo(0.25, 1);
  expect(tf.mean(rollout.observations.current, [0, 1])).toBeAllClose([0.25, 0.25, 0.25, 0.25], {
    atol: 0.03,
  });
  disposeRollout(rollout);
});

test("the bandit pays what its arms say, one step each", async () => {
  const environment = createBanditEnvironment([3, -1], { size: 2 });
  const collector = createStepCollector({ actor: stubborn(1), environment, random: createRandom(0) });
  const { rollout, episodes } = await collector.collect(2);
  expect(rollout.rewards.arraySync()).toEqual([
    [-1, -1],
    [-1, -1],
  ]);
  expect(tf.min(rollout.terminated).dataSync()[0]).toBe(1);
  expect(episodes).toHaveLength(4);
  disposeRollout(rollout);
});

test("one seed gives one rollout", async () => {
  const once = async () => {
    const environment = createIdentityEnvironment({ size: 2 });
    const { rollout } = await createStepCollector({
      actor: stubborn(0),
      environment,
      random: createRandom(9),
    }).collect(20);
    const states = await rollout.observations.current.data();
    disposeRollout(rollout);
    return states;
  };
  expect(await once()).toEqual(await once());
});

test("refuses a reward that is not finite, no steps, and stepping before a reset", async () => {
  const environment = createBanditEnvironment([1]);
  const collector = createStepCollector({ actor: stubborn(4), environment, random: createRandom(0) });
  const error: unknown = await collector.collect(1).catch((e) => e);
  expect(NonFiniteError.isInstance(error) && error.message).toMatch(
    /bandit: the reward of environment 0 is NaN/,
  );
  await expect(collector.collect(0)).rejects.toThrow(/steps is 0/);
  expect(() => createIdentityEnvironment().step(Int32Array.of(0))).toThrow(/reset\(random\) first/);
});

test("starts anew after a failure, since the environments have moved on", async () => {
  let steps = 0;
  const real = counter();
  const environment: Environment = {
    ...real,
    step: (actions) => {
      const step = real.step(actions);
      steps += 1;
      return steps === 2 ? { ...step, rewards: Float32Array.of(Number.NaN, 0) } : step;
    },
  };
  const collector = createStepCollector({ actor: stubborn(0), environment, random: createRandom(0) });
  disposeRollout((await collector.collect(1)).rollout);
  await expect(collector.collect(1)).rejects.toThrow(/environment 0 is NaN/);
  const { rollout } = await collector.collect(1);
  expect(rollout.observations.current).toBeAllClose([[[0]], [[10]]]);
  expect(rollout.observations.next).toBeAllClose([[[1]], [[11]]]);
  disposeRollout(rollout);
});

test("leaves nothing behind but the rollout", async () => {
  const collector = createStepCollector({
    actor: honest,
    environment: createIdentityEnvironment(),
    random: createRandom(0),
  });
  await expectNoLeak(async () => disposeRollout((await collector.collect(3)).rollout));
});
