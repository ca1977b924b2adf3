import { type Actor, createRandom, disposeRollout, type Environment, type State } from "@accord-rl/core";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import {
  createAcrobot,
  createBanditEnvironment,
  createCartPole,
  createIdentityEnvironment,
  createMountainCar,
  createStepCollector,
  type StepCollector,
} from "./index.ts";

/** Draws, so that its random numbers must be in place too. */
const onHost = (actions: number): Actor => ({
  act: () => Promise.reject(new Error("asked for tensors")),
  actOnHost: (_, size, random) => ({
    actions: Int32Array.from({ length: size }, () => random.integer(actions)),
    logProbs: new Float32Array(size).fill(-Math.log(actions)),
  }),
});

const onTensors = (actions: number): Actor => ({
  act: async (observations, random) => {
    const size = observations.shape[0]!;
    return {
      actions: tf.tensor1d(
        Array.from({ length: size }, () => random.integer(actions)),
        "int32",
      ),
      logProbs: tf.zeros([size]) as tf.Tensor1D,
    };
  },
});

const read = async (collector: StepCollector, steps: number) => {
  const { rollout, episodes } = await collector.collect(steps);
  const { observations, actions, rewards, terminated, truncated } = rollout;
  const values = [observations.current, observations.next, actions, rewards, terminated, truncated].map(
    (tensor) => tensor.arraySync(),
  );
  disposeRollout(rollout);
  return { values, episodes };
};

const throughJson = ({ tensors, json }: State): State => ({
  tensors,
  json: JSON.parse(JSON.stringify(json)),
});

test.each<[string, () => Environment, (actions: number) => Actor]>([
  ["CartPole", () => createCartPole({ size: 3 }), onHost],
  ["CartPole on tensors", () => createCartPole({ size: 3 }), onTensors],
  ["Acrobot", () => createAcrobot({ size: 2, timeLimit: 30 }), onHost],
  ["MountainCar", () => createMountainCar({ size: 2, timeLimit: 30 }), onHost],
  ["identity", () => createIdentityEnvironment({ size: 2, episodeLength: 7 }), onHost],
  ["bandit", () => createBanditEnvironment([1, 2], { size: 2 }), onHost],
])("%s goes on in mid-episode bit for bit", async (_, create, actor) => {
  const start = () => {
    const environment = create();
    return createStepCollector({
      actor: actor(environment.actions),
      environment,
      random: createRandom(5).fork("collector"),
    });
  };
  const whole = start();
  const fresh = await whole.state();
  const first = await read(whole, 19);
  const state = throughJson(await whole.state());
  const second = await read(whole, 45);
  whole.reset();
  const third = await read(whole, 20);

  const resumed = start();
  resumed.restore(state);
  expect(await resumed.state()).toEqual(state);
  expect(await read(resumed, 45)).toEqual(second);
  resumed.reset();
  expect(await read(resumed, 20)).toEqual(third);
  expect(second.episodes.length).toBeGreaterThan(0);
  // Back to before the first step.
  resumed.restore(throughJson(fresh));
  expect(await read(resumed, 19)).toEqual(first);
});

test("each start is another one", async () => {
  const environment = createCartPole();
  const collector = createStepCollector({ actor: onHost(2), environment, random: createRandom(0) });
  const first = await read(collector, 1);
  collector.reset();
  expect((await read(collector, 1)).values[0]).not.toEqual(first.values[0]);
});

test("a state that is of something else changes nothing", async () => {
  const create = (environment: Environment) =>
    createStepCollector({ actor: onHost(2), environment, random: createRandom(0) });
  const collector = create(createCartPole({ size: 2 }));
  await read(collector, 5);
  const before = await collector.state();
  const other = create(createCartPole({ size: 3 }));
  await read(other, 5);
  const wrong = await other.state();
  const withEnvironmentOf3 = {
    tensors: { ...before.tensors, "environment/states": wrong.tensors["environment/states"]! },
    json: before.json,
  };
  const json = before.json as Record<string, never>;
  const cases: [State, RegExp][] = [
    [wrong, /observations has shape \[3, 4\], expected \[2, 4\]/],
    [withEnvironmentOf3, /CartPole-v1.restore: states has shape/],
    [{ ...before, json: { ...json, random: null } }, /four integers/],
    [{ ...before, json: { ...json, collector: {} } }, /starts is undefined/],
    [{ ...before, json: { ...json, collector: { starts: 1, running: [1] } } }, /running episodes/],
    [{ ...before, json: {} }, /has the parts \(\), expected/],
  ];
  for (const [state, message] of cases) {
    expect(() => collector.restore(state)).toThrow(message);
    expect(await collector.state()).toEqual(before);
  }
});

test("says so when an environment can't be saved", async () => {
  const { state, restore, ...environment } = createCartPole();
  const collector = createStepCollector({ actor: onHost(2), environment, random: createRandom(0) });
  await read(collector, 2);
  await expect(collector.state()).rejects.toThrow(/CartPole-v1 can't be saved/);
  expect([state, restore]).toHaveLength(2);
});
