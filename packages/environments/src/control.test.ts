import { createRandom, type Environment, type Random, type State, type Stateful } from "@accord-rl/core";
import { describe, expect, test } from "vitest";
import acrobot from "./__fixtures__/acrobot.json" with { type: "json" };
import cartPole from "./__fixtures__/cart-pole.json" with { type: "json" };
import mountainCar from "./__fixtures__/mountain-car.json" with { type: "json" };
import { type ControlOptions, createAcrobot, createCartPole, createMountainCar } from "./index.ts";

type Control = Environment & Stateful;

/** A fresh state that begins where the golden episodes do. */
const startAt = async (environment: Control, starts: readonly (readonly number[])[]): Promise<void> => {
  environment.reset(createRandom(0));
  const { tensors, json } = await environment.state();
  const bits = new Int32Array(Float64Array.from(starts.flat()).buffer);
  environment.restore({
    tensors: { ...tensors, states: { ...tensors.states!, data: bits } },
    json,
  });
};

test.each([
  ["CartPole-v1", createCartPole, cartPole],
  ["Acrobot-v1", createAcrobot, acrobot],
  ["MountainCar-v0", createMountainCar, mountainCar],
] as const)(
  "%s agrees with Gymnasium step by step, to the end of each episode",
  async (name, create, golden) => {
    const { episodes } = golden;
    const environment = create({ size: episodes.length });
    expect(environment.name).toBe(name);
    await startAt(
      environment,
      episodes.map(({ start }) => start),
    );
    const width = environment.observationShape[0]!;
    const longest = Math.max(...episodes.map(({ actions }) => actions.length));
    const read = episodes.map(() => ({ observations: [] as number[][], rewards: [] as number[], ends: "" }));
    for (let t = 0; t < longest; t++) {
      const step = environment.step(Int32Array.from(episodes, ({ actions }) => Number(actions[t] ?? 0)));
      read.forEach(({ observations, rewards }, row) => {
        if (t >= episodes[row]!.actions.length) return;
        observations.push([...step.successors.subarray(row * width, (row + 1) * width)]);
        rewards.push(step.rewards[row]!);
        read[row]!.ends += `${step.terminated[row]}${step.truncated[row]} `;
      });
    }
    episodes.forEach(({ observations, rewards, terminated, truncated }, row) => {
      expect(read[row]!.observations).toBeAllClose(observations, { atol: 1e-6, rtol: 1e-6 });
      expect(read[row]!.rewards).toEqual(rewards);
      const end = `${Number(terminated)}${Number(truncated)} `;
      expect(read[row]!.ends).toBe("00 ".repeat(rewards.length - 1) + end);
    });
  },
);

const tasks: [string, (options?: ControlOptions) => Control, number, { low: number[]; high: number[] }][] = [
  ["CartPole-v1", createCartPole, 2, { low: Array(4).fill(-0.05), high: Array(4).fill(0.05) }],
  ["MountainCar-v0", createMountainCar, 3, { low: [-0.6, 0], high: [-0.4, 0] }],
  [
    "Acrobot-v1",
    createAcrobot,
    3,
    {
      low: [Math.cos(0.1), -Math.sin(0.1), Math.cos(0.1), -Math.sin(0.1), -0.1, -0.1],
      high: [1, Math.sin(0.1), 1, Math.sin(0.1), 0.1, 0.1],
    },
  ],
];

describe.each(tasks)("%s", (name, create, actions, { low, high }) => {
  const atRandom = (size: number, random: Random) =>
    Int32Array.from({ length: size }, () => random.integer(actions));

  test("starts are spread over Gymnasium's range, each environment by itself", () => {
    const size = 2000;
    const seen = create({ size }).reset(createRandom(4));
    low.forEach((least, i) => {
      const column = Array.from({ length: size }, (_, row) => seen[row * low.length + i]!);
      const reach = high[i]! - least;
      expect(Math.min(...column)).toBeGreaterThanOrEqual(least - 1e-7);
      expect(Math.max(...column)).toBeLessThanOrEqual(high[i]! + 1e-7);
      expect(Math.min(...column)).toBeLessThanOrEqual(least + 0.01 * reach);
      expect(Math.max(...column)).toBeGreaterThanOrEqual(high[i]! - 0.01 * reach);
      if (!name.startsWith("Acrobot") && reach > 0) {
        // Uniform: the mean of 2000 has a standard error of reach/√(12·2000).
        const mean = column.reduce((sum, value) => sum + value, 0) / size;
        expect(Math.abs(mean - (least + high[i]!) / 2)).toBeLessThan(reach / 30);
        expect(new Set(column).size).toBeGreaterThan(size * 0.99);
      }
    });
  });

  test("an ended environment starts anew; its successor is where it ended", () => {
    const size = 16;
    const environment = create({ size, timeLimit: 30 });
    const random = createRandom(1);
    let seen = environment.reset(random.fork("environment"));
    const ages = new Int32Array(size);
    let ends = 0;
    const width = low.length;
    for (let t = 0; t < 100; t++) {
      const step = environment.step(atRandom(size, random));
      expect(step.observations).not.toBe(seen);
      for (let row = 0; row < size; row++) {
        const [after, next] = [step.observations, step.successors].map((values) => [
          ...values.subarray(row * width, (row + 1) * width),
        ]) as [number[], number[]];
        ages[row]! += 1;
        if (step.terminated[row] === 0 && step.truncated[row] === 0) {
          expect(after).toEqual(next);
          expect(ages[row]).toBeLessThan(30);
          continue;
        }
        ends += 1;
        expect(step.terminated[row]! + step.truncated[row]!).toBe(1);
        expect(step.truncated[row] === 1 ? ages[row] : 30).toBe(30);
        expect(after).not.toEqual(next);
        after.forEach((value, i) => {
          expect(value).toBeGreaterThanOrEqual(low[i]! - 1e-7);
          expect(value).toBeLessThanOrEqual(high[i]! + 1e-7);
        });
        ages[row] = 0;
      }
      seen = step.observations;
    }
    expect(ends).toBeGreaterThanOrEqual(3 * size);
  });

  test("goes on bit for bit from a state, in a new environment, through JSON", async () => {
    const play = (environment: Environment, random: Random) =>
      Array.from({ length: 60 }, () => environment.step(atRandom(3, random)));
    const first = create({ size: 3, timeLimit: 25 });
    const random = createRandom(8);
    first.reset(random.fork("environment"));
    play(first, random);
    const [state, position] = [await first.state(), random.state()];
    const expected = play(first, random);
    const second = create({ size: 3, timeLimit: 25 });
    second.restore({ tensors: state.tensors, json: JSON.parse(JSON.stringify(state.json)) });
    random.restore(position);
    expect(play(second, random)).toEqual(expected);
    expect(expected.some(({ truncated }) => truncated.includes(1))).toBe(true);
  });

  test("a state of another size changes nothing", async () => {
    const environment = create({ size: 2 });
    environment.reset(createRandom(0));
    const before = await environment.state();
    const other = create({ size: 3 });
    other.reset(createRandom(1));
    const wrong = await other.state();
    expect(() => environment.restore(wrong)).toThrow(/states has shape \[.*\], expected \[/);
    const noRandom: State = { ...before, json: [1, 2] };
    expect(() => environment.restore(noRandom)).toThrow(/four integers/);
    expect(await environment.state()).toEqual(before);
  });

  test("refuses actions that it doesn't have, impossible options, and stepping before a reset", () => {
    const environment = create();
    expect(() => environment.step(Int32Array.of(0))).toThrow(/reset\(random\) first/);
    environment.reset(createRandom(0));
    for (const wrong of [Int32Array.of(actions), Int32Array.of(-1), new Int32Array(0)])
      expect(() => environment.step(wrong)).toThrow(`expected 0 to ${actions - 1}`);
    expect(() => create({ size: 0 })).toThrow(/size is 0/);
    expect(() => create({ timeLimit: 1.5 })).toThrow(/timeLimit is 1.5/);
  });
});

test("a random policy keeps the pole up for 22.5 ± 12.2 steps", () => {
  const size = 64;
  const environment = createCartPole({ size });
  const random = createRandom(0);
  environment.reset(random.fork("environment"));
  const running = new Int32Array(size);
  const lengths: number[] = [];
  while (lengths.length < 4000) {
    const { terminated } = environment.step(Int32Array.from({ length: size }, () => random.integer(2)));
    for (let row = 0; row < size; row++) {
      running[row]! += 1;
      if (terminated[row] === 0) continue;
      lengths.push(running[row]!);
      running[row] = 0;
    }
  }
  const mean = lengths.reduce((sum, length) => sum + length, 0) / lengths.length;
  const variance = lengths.reduce((sum, length) => sum + (length - mean) ** 2, 0) / lengths.length;
  // Standard error of the mean 0.19, of the deviation about 0.2; the window's bias to short episodes is below 0.2.
  expect(Math.abs(mean - 22.5)).toBeLessThan(0.7);
  expect(Math.abs(Math.sqrt(variance) - 12.2)).toBeLessThan(0.8);
});
