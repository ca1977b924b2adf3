import { InvalidArgumentError } from "@accord-rl/core";
import { expect, test } from "vitest";
import { constantSchedule, cosineSchedule, linearSchedule, withWarmup } from "./schedules.ts";

test("constant, linear and cosine, by hand", () => {
  expect([0, 9].map(constantSchedule(3))).toEqual([3, 3]);
  expect([0, 1, 2, 4, 9].map(linearSchedule({ from: 8, to: 4, steps: 4 }))).toEqual([8, 7, 6, 4, 4]);
  // to + (from − to)·(1 + cos πx)/2 at x = 0, ¼, ½, 1
  const cosine = [0, 1, 2, 4, 9].map(cosineSchedule({ from: 8, to: 4, steps: 4 }));
  expect(cosine).toBeAllClose([8, 6 + Math.SQRT2, 6, 4, 4]);
});

test("warmup rises to the schedule's first value, then follows it from its start", () => {
  const schedule = withWarmup(linearSchedule({ from: 8, to: 4, steps: 4 }), 4);
  expect([0, 1, 2, 3, 4, 5, 8, 20].map(schedule)).toEqual([2, 4, 6, 8, 8, 7, 4, 4]);
});

test.each([0, -1, Number.NaN])("refuse %d steps", (steps) => {
  expect(() => linearSchedule({ from: 1, to: 0, steps })).toThrow(InvalidArgumentError);
  expect(() => cosineSchedule({ from: 1, to: 0, steps })).toThrow("cosineSchedule: steps is");
  expect(() => withWarmup(constantSchedule(1), steps)).toThrow(InvalidArgumentError);
});
