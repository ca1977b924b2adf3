import { InvalidArgumentError } from "@accord-rl/core";
import { expect, test } from "vitest";
import { overlongPenalty } from "./index.ts";

test("0 up to L − C tokens, then linear to −1 at L", () => {
  const penalty = overlongPenalty({ maxLength: 10, buffer: 4 });
  const samples = [3, 6, 7, 8, 10, 12].map((length) => ({ responseTokens: new Int32Array(length) }));
  expect(penalty(samples)).toEqual([0, 0, -0.25, -0.5, -1, -1]);
});

test.each([
  [10, 0],
  [10, 11],
  [0, 1],
  [Number.NaN, 1],
])("refuses maxLength %d with buffer %d", (maxLength, buffer) => {
  expect(() => overlongPenalty({ maxLength, buffer })).toThrow(InvalidArgumentError);
});
