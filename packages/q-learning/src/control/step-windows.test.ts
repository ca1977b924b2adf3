import { createRandom, InvalidArgumentError, type State } from "@accord-rl/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createStepWindows } from "./step-windows.ts";
import type { Steps } from "./steps.ts";
import type { Transition } from "./transition.ts";

type Ends = readonly ("" | "terminated" | "truncated" | "padding")[];

/** States are numbers: step i leads from i to i + 1, with the reward 10^i; after an end the next one begins 100 higher. */
const stepsOf = (ends: Ends, { first = 0, rows = 1 }: { first?: number; rows?: number } = {}): Steps => {
  let state = first;
  const current: number[] = [];
  const next: number[] = [];
  for (const end of ends) {
    current.push(state);
    next.push(state + 1);
    state += end === "" ? 1 : 101;
  }
  const repeat = <T>(values: readonly T[]) => Array.from({ length: rows }, () => values).flat();
  return {
    rows,
    columns: ends.length,
    observationShape: [1],
    current: Float32Array.from(repeat(current)),
    next: Float32Array.from(repeat(next)),
    actions: repeat(ends.map((_, t) => t)),
    rewards: repeat(ends.map((_, t) => 10 ** t)),
    valid: repeat(ends.map((end) => Number(end !== "padding"))),
    terminated: repeat(ends.map((end) => Number(end === "terminated"))),
    truncated: repeat(ends.map((end) => Number(end === "truncated"))),
  };
};

const plain = ({ observation, action, reward, discount, successor }: Transition) => [
  observation[0],
  action,
  reward,
  discount,
  successor[0],
];

describe("by hand, γ = ½", () => {
  const windows = (steps: number) => createStepWindows({ steps, discount: 0.5 });

  test("n = 1: every step is there at once; a termination is not bootstrapped, a truncation is", () => {
    expect(
      windows(1)
        .push(stepsOf(["", "terminated", "truncated", ""]))
        .map(plain),
    ).toEqual([
      [0, 0, 1, 0.5, 1],
      [1, 1, 10, 0, 2],
      [102, 2, 100, 0.5, 103],
      [203, 3, 1000, 0.5, 204],
    ]);
  });

  test("n = 3: windows stop at the end of an episode, and never look beyond it", () => {
    expect(
      windows(3)
        .push(stepsOf(["", "", "", "terminated"]))
        .map(plain),
    ).toEqual([
      [0, 0, 1 + 5 + 25, 0.125, 3],
      [1, 1, 10 + 50 + 250, 0, 4],
      [2, 2, 100 + 500, 0, 4],
      [3, 3, 1000, 0, 4],
    ]);
    expect(
      windows(3)
        .push(stepsOf(["", "truncated"]))
        .map(plain),
    ).toEqual([
      [0, 0, 1 + 5, 0.25, 2],
      [1, 1, 10, 0.5, 2],
    ]);
  });

  test("n = 3: the last steps of a rollout wait for the next one", () => {
    const waiting = windows(3);
    expect(waiting.push(stepsOf(["", ""])).map(plain)).toEqual([]);
    expect(waiting.push(stepsOf(["", "terminated"], { first: 2 })).map(plain)).toEqual([
      [0, 0, 1 + 5 + 0.25, 0.125, 3],
      [1, 1, 10 + 0.5 + 2.5, 0, 4],
      [2, 0, 1 + 5, 0, 4],
      [3, 1, 10, 0, 4],
    ]);
  });

  test("n = 3: where the next rollout begins elsewhere, or has fewer environments, they end there", () => {
    const waiting = windows(3);
    waiting.push(stepsOf(["", ""], { rows: 2 }));
    expect(waiting.push(stepsOf([""], { first: 7 })).map(plain)).toEqual([
      [0, 0, 1 + 5, 0.25, 2],
      [1, 1, 10, 0.5, 2],
      [0, 0, 1 + 5, 0.25, 2],
      [1, 1, 10, 0.5, 2],
    ]);
  });

  test("padding is no step, and ends windows", () => {
    expect(
      windows(2)
        .push(stepsOf(["", "padding", "padding"]))
        .map(plain),
    ).toEqual([[0, 0, 1, 0.5, 1]]);
  });
});

test("however a run is cut into rollouts, each step begins one window, the same ones", () => {
  const end = fc.constantFrom<Ends[number]>("", "", "", "terminated", "truncated");
  fc.assert(
    fc.property(
      fc.array(end, { minLength: 1, maxLength: 20 }),
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 1, max: 7 }),
      (given, n, length) => {
        const ends: Ends = [...given, "terminated"];
        const whole = stepsOf(ends);
        const expected = createStepWindows({ steps: n, discount: 0.9 }).push(whole).map(plain);
        expect(expected).toHaveLength(ends.length);
        const windows = createStepWindows({ steps: n, discount: 0.9 });
        const found: unknown[] = [];
        for (let start = 0; start < ends.length; start += length) {
          const cut = <T extends { slice(start: number, end: number): T }>(values: T): T =>
            values.slice(start, start + length);
          const array = (values: ArrayLike<number>) => cut(Array.from(values));
          found.push(
            ...windows
              .push({
                ...whole,
                columns: Math.min(length, ends.length - start),
                current: cut(whole.current),
                next: cut(whole.next),
                actions: array(whole.actions),
                rewards: array(whole.rewards),
                valid: array(whole.valid),
                terminated: array(whole.terminated),
                truncated: array(whole.truncated),
              })
              .map(plain),
          );
        }
        expect(found).toEqual(expected);
      },
    ),
  );
});

test("what waits is saved and restored; other states are refused and change nothing", async () => {
  const [original, resumed] = [3, 3].map((steps) => createStepWindows({ steps, discount: 0.5 }));
  original!.push(stepsOf(["", "", ""], { rows: 2 }));
  resumed!.push(stepsOf([""], { first: createRandom(0).integer(9) }));
  const state = await original!.state();
  resumed!.restore(structuredClone(state) as State);
  expect(await resumed!.state()).toEqual(state);
  const json = state.json as Record<string, number[]>;
  for (const damaged of [
    { tensors: {}, json: null },
    { ...state, json: { ...json, lengths: [3, 1] } },
    { ...state, json: { ...json, lengths: [2] } },
    { ...state, json: { ...json, rewards: [1] } },
  ]) {
    expect(() => resumed!.restore(damaged as State)).toThrow(InvalidArgumentError);
  }
  const rest = stepsOf(["", "terminated"], { first: 3, rows: 2 });
  expect(resumed!.push(rest)).toEqual(original!.push(rest));
});
