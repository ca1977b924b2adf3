import { expect, it } from "vitest";
import { spreadOf } from "./statistics.ts";

it("takes the middle of an odd number of values, and the mean of the two middle ones of an even number", () => {
  expect(spreadOf([3, 1, 2])).toEqual({ median: 2, min: 1, max: 3 });
  expect(spreadOf([4, 1, 2, 10])).toEqual({ median: 3, min: 1, max: 10 });
});
