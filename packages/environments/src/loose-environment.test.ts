import { type Actor, createRandom, disposeRollout, InvalidArgumentError, ShapeError } from "@accord-rl/core";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { evaluateEpisodes } from "./evaluate-episodes.ts";
import type { LooseEnvironment } from "./loose-environment.ts";
import { createStepCollector } from "./step-collector.ts";

/** Always action 1, on tensors or on the host. */
const actors: Record<string, Actor> = {
  "on tensors": {
    act: async () => ({ actions: tf.tensor1d([1, 1], "int32"), logProbs: tf.zeros([2]) }),
  },
  "on the host": {
    act: () => Promise.reject(new Error("asked for tensors")),
    actOnHost: (observations: Float32Array, size: number) => {
      expect(observations).toBeInstanceOf(Float32Array);
      return { actions: new Int32Array(size).fill(1), logProbs: new Float32Array(size) };
    },
  },
};

type Layout = (rows: readonly (readonly number[])[]) => unknown;
const layouts: Record<string, Layout> = {
  nested: (rows) => rows.map((row) => [...row]),
  flat: (rows) => rows.flat(),
  "of typed rows": (rows) => rows.map((row) => Float64Array.from(row)),
  "of float32": (rows) => Float32Array.from(rows.flat()),
};

/** Two counters, seen as [count, −count]; an episode ends at 3. */
const createCounters = (layout: Layout, flags: (x: boolean) => boolean | number): LooseEnvironment => {
  let counts = [0, 1];
  const show = (of: readonly number[]) => layout(of.map((count) => [count, -count])) as number[];
  return {
    name: "counters",
    size: 2,
    observationShape: [2],
    actions: 2,
    reset: () => {
      counts = [0, 1];
      return show(counts);
    },
    step: (actions) => {
      const reached = counts.map((count, row) => count + actions[row]!);
      const ended = reached.map((count) => count >= 3);
      counts = reached.map((count, row) => (ended[row] ? 0 : count));
      return {
        observations: show(counts),
        successors: show(reached),
        rewards: [...actions],
        terminated: ended.map(flags) as number[],
        truncated: ended.map(() => flags(false)) as boolean[],
      };
    },
  };
};

test.each(
  Object.entries(layouts).flatMap(([layout, lay]) =>
    Object.entries(actors).map(([acting, actor]) => ({ layout, lay, acting, actor })),
  ),
)("observations in arrays that are $layout are collected, acting $acting", async ({ lay, actor }) => {
  for (const flags of [(x: boolean) => x, Number]) {
    const environment = createCounters(lay, flags);
    const collector = createStepCollector({ actor, environment, random: createRandom(1) });
    const { rollout, episodes } = await collector.collect(3);
    expect(rollout.observations.current.arraySync()).toEqual([
      [
        [0, -0],
        [1, -1],
        [2, -2],
      ],
      [
        [1, -1],
        [2, -2],
        [0, -0],
      ],
    ]);
    expect(rollout.observations.next.arraySync()).toEqual([
      [
        [1, -1],
        [2, -2],
        [3, -3],
      ],
      [
        [2, -2],
        [3, -3],
        [1, -1],
      ],
    ]);
    expect(rollout.terminated.arraySync()).toEqual([
      [0, 0, 1],
      [0, 1, 0],
    ]);
    expect(episodes).toEqual([
      { reward: 2, length: 2 },
      { reward: 3, length: 3 },
    ]);
    disposeRollout(rollout);
    expect(await evaluateEpisodes({ actor, environment, episodes: 2, random: createRandom(1) })).toEqual([
      { reward: 3, length: 3 },
      { reward: 2, length: 2 },
    ]);
  }
});

test("what is not [B × observation] is refused, and the environment named", async () => {
  const environment = createCounters(layouts.nested!, Number);
  const actor = actors["on the host"]!;
  const collect = (change: Partial<LooseEnvironment>) =>
    createStepCollector({
      actor,
      environment: { ...environment, ...change },
      random: createRandom(1),
    }).collect(1);
  const short = collect({ reset: () => [[0, 0]] });
  await expect(short).rejects.toThrow(ShapeError);
  await expect(short).rejects.toThrow("counters.reset: observations has shape [1, 2], expected [2, 2]");
  const none = collect({ reset: () => undefined as never });
  await expect(none).rejects.toThrow(InvalidArgumentError);
  await expect(none).rejects.toThrow(
    "counters.reset: observations is undefined, expected an array of 4 numbers",
  );
  const step = collect({
    step: (actions) => ({ ...environment.step(actions), successors: undefined as never }),
  });
  await expect(step).rejects.toThrow("counters.step: successors is undefined");
});
