import { createRandom, InvalidArgumentError, type Random, type State } from "@accord-rl/core";
import { describe, expect, test } from "vitest";
import { createSequenceReplay, newestBiased, type SequenceRow, uniformSampling } from "../index.ts";

const row = (value: number, length = 2): SequenceRow => ({
  actions: { dtype: "int32", shape: [length], data: new Int32Array(length).fill(value) },
  rewards: { dtype: "float32", shape: [length], data: new Float32Array(length).fill(value / 2) },
});
const rows = (from: number, to: number): SequenceRow[] =>
  Array.from({ length: to - from }, (_, i) => row(from + i));
const values = (drawn: readonly SequenceRow[]): number[] => drawn.map(({ actions }) => actions!.data[0]!);

test("the oldest make room, and no sequence comes twice into a batch", () => {
  const replay = createSequenceReplay({ capacity: 5 });
  replay.add(rows(0, 3));
  expect(replay.size).toBe(3);
  replay.add(rows(3, 8));
  replay.add(rows(8, 9));
  expect(replay.size).toBe(5);
  const drawn = values(replay.sample(5, createRandom(1)));
  expect([...drawn].sort()).toEqual([4, 5, 6, 7, 8]);
  expect(values(replay.sample(99, createRandom(1)))).toHaveLength(5);
});

describe("sampling", () => {
  const shares = (sampling: (size: number, count: number, random: Random) => readonly number[]): number[] => {
    const random = createRandom(3);
    const counts = [0, 0, 0, 0];
    for (let i = 0; i < 4000; i++) counts[sampling(4, 1, random)[0]!]! += 1 / 4000;
    return counts;
  };
  test("uniformly: each as often", () => {
    // Four standard deviations of 4000 draws: 4·√(¼·¾/4000)
    for (const share of shares(uniformSampling)) expect(Math.abs(share - 0.25)).toBeLessThan(0.0275);
  });
  test("with a half-life of one sequence: 8 : 4 : 2 : 1 from the newest on", () => {
    shares(newestBiased(1)).forEach((share, age) => {
      expect(Math.abs(share - 2 ** (3 - age) / 15)).toBeLessThan(0.032);
    });
  });
  test("takes different ones", () => {
    expect(new Set(newestBiased(2)(6, 6, createRandom(1))).size).toBe(6);
  });
});

test("restored, it draws what it would have drawn", async () => {
  const replay = createSequenceReplay({ capacity: 4 });
  replay.add(rows(0, 6));
  const saved = structuredClone(await replay.state()) as State;
  const other = createSequenceReplay({ capacity: 4 });
  other.add(rows(20, 22));
  other.restore(saved);
  for (const each of [replay, other]) each.add(rows(6, 7));
  expect(other.sample(3, createRandom(2))).toEqual(replay.sample(3, createRandom(2)));
  expect(await other.state()).toEqual(await replay.state());
  const empty = createSequenceReplay({ capacity: 4 });
  other.restore(await empty.state());
  expect(other.size).toBe(0);
});

test("refuses sequences of other shapes, states of more sequences, and impossible numbers", async () => {
  const replay = createSequenceReplay({ capacity: 3 });
  replay.add(rows(0, 3));
  expect(() => replay.add([row(1, 3)])).toThrow(/rewards \[3\], expected .*rewards \[2\].* promptLength/);
  const small = createSequenceReplay({ capacity: 2 });
  const state = await replay.state();
  expect(() => small.restore(state)).toThrow(InvalidArgumentError);
  expect(() => small.restore({ tensors: {}, json: null })).toThrow(InvalidArgumentError);
  expect(replay.size).toBe(3);
  expect(() => createSequenceReplay({ capacity: 0 })).toThrow(/capacity is 0/);
  expect(() => newestBiased(0)).toThrow(/halfLife is 0/);
});
