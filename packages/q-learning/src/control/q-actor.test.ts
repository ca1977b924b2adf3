import { createRandom, InvalidArgumentError, type QFunction } from "@accord-rl/core";
import { linearSchedule } from "@accord-rl/learning";
import { expectNoLeak } from "@accord-rl/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { boltzmann, type Exploration, epsilonGreedy, greedy } from "./exploration.ts";
import { createGreedyActor, createQActor } from "./q-actor.ts";
import { createTestQ, randomWeights } from "./test-parts.ts";

const values = Float32Array.of(1, 3, 2, 3);

describe("explorations", () => {
  test("ε-greedy by hand: ε = 0.2 leaves 0.05 to each of four, and the rest to the first of the best", () => {
    expect(epsilonGreedy({ epsilon: 0.2 })(values, 0)).toBeAllClose([0.05, 0.85, 0.05, 0.05]);
    expect(greedy(values, 0)).toBeAllClose([0, 1, 0, 0]);
  });

  test("Boltzmann by hand: values 0 and T·ln 3 are played 1 : 3, at any size of the values", () => {
    const scaled = Float32Array.of(0, 2 * Math.log(3));
    expect(boltzmann({ temperature: 2 })(scaled, 0)).toBeAllClose([0.25, 0.75]);
    expect(boltzmann({ temperature: 2 })(Float32Array.of(1e4, -1e4), 0)).toBeAllClose([1, 0]);
  });

  test("follow schedules by environment steps", () => {
    const schedule = linearSchedule({ from: 1, to: 0, steps: 10 });
    expect(epsilonGreedy({ epsilon: schedule })(values, 5)[1]).toBeCloseTo(0.625, 6);
    const falling = boltzmann({ temperature: (step) => 1 / (1 + step) });
    expect(falling(values, 9)[0]).toBeLessThan(falling(values, 0)[0]!);
  });

  test("refuse impossible numbers, also from schedules", () => {
    for (const epsilon of [-0.1, 1.1, Number.NaN]) {
      expect(() => epsilonGreedy({ epsilon })).toThrow(InvalidArgumentError);
      expect(() => epsilonGreedy({ epsilon: () => epsilon })(values, 0)).toThrow(InvalidArgumentError);
    }
    for (const temperature of [0, -1, Number.POSITIVE_INFINITY]) {
      expect(() => boltzmann({ temperature })).toThrow(InvalidArgumentError);
      expect(() => boltzmann({ temperature: () => temperature })(values, 0)).toThrow(InvalidArgumentError);
    }
  });
});

describe("createQActor", () => {
  const q = createTestQ(randomWeights(3, createRandom(1)));
  const state = [0.3, -0.7, 1.2];
  const size = 6000;
  const states = () => tf.tensor2d(Array(size).fill(state));

  test.each<[string, Exploration]>([
    ["epsilonGreedy", epsilonGreedy({ epsilon: 0.3 })],
    ["boltzmann", boltzmann({ temperature: 1.5 })],
    ["greedy", greedy],
  ])("%s: takes each action as often as its log-probs say", async (_, exploration) => {
    const { actions, logProbs } = await createQActor({ q, exploration }).act(states(), createRandom(2));
    const expected = exploration(q.values(tf.tensor2d([state])).dataSync<"float32">(), 0);
    const [chosen, said] = [await actions.data(), await logProbs.data()];
    expected.forEach((probability, action) => {
      const share = chosen.filter((other) => other === action).length / size;
      expect(Math.abs(share - probability)).toBeLessThan(0.02); // 3 standard deviations of 6000 draws
    });
    chosen.forEach((action, row) => {
      if (row < 50) expect(said[row]).toBeCloseTo(Math.log(expected[action]!), 5);
    });
  });

  test("on the host as on tensors, where the Q function can", async () => {
    const onHost: QFunction = {
      ...q,
      valuesOnHost: (observations, rows) =>
        q.values(tf.tensor2d(observations, [rows, 3])).dataSync<"float32">(),
    };
    const actor = createQActor({ q: onHost, exploration: epsilonGreedy({ epsilon: 0.3 }) });
    const byTensors = await actor.act(states(), createRandom(4));
    const { actions, logProbs } = actor.actOnHost!(states().dataSync<"float32">(), size, createRandom(4));
    expect(actions).toEqual(await byTensors.actions.data());
    expect(logProbs).toEqual(await byTensors.logProbs.data());
    expect(createGreedyActor(q).actOnHost).toBeUndefined();
  });

  test("leaks nothing", async () => {
    const [actor, input] = [createGreedyActor(q), states()];
    await expectNoLeak(async () => ({ ...(await actor.act(input, createRandom(0))) }));
  });
});
