import { createRandom, disposeRollout, interpret } from "@accord-rl/core";
import { linearSchedule } from "@accord-rl/learning";
import { createCompile, createTabularRollout } from "@accord-rl/testing";
import { expect, test } from "vitest";
import type { PpoOptions } from "./index.ts";
import { goldenPpo } from "./test-parts.ts";

const task = {
  steps: 3,
  next: (state: number, action: number) => (state + action) % 4,
  reward: (state: number, action: number) => Number(state === action),
};

const build = (clipEpsilon: PpoOptions["clipEpsilon"], compile = interpret) =>
  goldenPpo({ options: { clipEpsilon, epochs: 5 }, compile });

/** Each update's statistics, and where it ended. */
const run = async ({ ppo, policy, tables }: ReturnType<typeof build>, updates: number, seed = 3) => {
  const random = createRandom(seed);
  const log = [];
  for (let update = 0; update < updates; update++) {
    const rollout = await createTabularRollout({ policy, task, size: 8, random });
    log.push(await ppo.update(rollout));
    disposeRollout(rollout);
  }
  return { log, tables: tables() };
};

test("a schedule that stays is the number", async () => {
  const [number, schedule] = [
    await run(build(0.1), 3),
    await run(
      build(() => 0.1),
      3,
    ),
  ];
  expect(schedule.tables.logits).toBeAllClose(number.tables.logits);
  expect(number.log[2]!.clipFraction).toBeGreaterThan(0);
  expect(schedule.log[2]!.clipFraction).toBeCloseTo(number.log[2]!.clipFraction!, 6);
});

test.each([
  ["interpreted", () => interpret],
  ["compiled", createCompile],
])("%s, each update clips where the schedule stands, and says so", async (_, compile) => {
  const { log } = await run(build(linearSchedule({ from: 0.3, to: 0, steps: 3 }), compile()), 4);
  expect(log.map(({ clipEpsilon }) => clipEpsilon)).toBeAllClose([0.3, 0.2, 0.1, 0]);
  // At ε = 0 only the first of the five epochs can move anything in its advantage's direction.
  expect(log[3]!.clipFraction).toBeGreaterThan(log[0]!.clipFraction!);
});

test("restored, the schedule goes on where it stood", async () => {
  const schedule = linearSchedule({ from: 0.3, to: 0.1, steps: 4 });
  const [original, resumed] = [build(schedule), build(schedule)];
  await run(original, 2);
  resumed.ppo.restore(await original.ppo.state());
  expect(await run(resumed, 2, 7)).toEqual(await run(original, 2, 7));
});

test("a schedule is judged by where it begins", () => {
  expect(() => build(() => 0)).toThrow(/clipEpsilon is 0, expected a number above 0/);
});
