import { expect, test } from "vitest";
import {
  InvalidArgumentError,
  notNegative,
  requireCount,
  requireEach,
  requireNumber,
  requireNumbers,
  requireRule,
  requireSameLength,
  resolveOptions,
} from "./index.ts";

test.each<[string, () => unknown]>([
  ["f: n is 0, expected an integer of 1 or more", () => requireCount("f", "n", 0)],
  ["f: n is 1.5, expected an integer of 0 or more", () => requireCount("f", "n", 1.5, 0)],
  ["f: x is NaN, expected a finite number", () => requireNumber("f", "x", Number.NaN)],
  [
    "f: x is 2, expected a finite number of at least 0 and of at most 1",
    () => requireNumber("f", "x", 2, [0, 1]),
  ],
  ["f: xs[1] is Infinity, expected a finite number", () => requireEach("f", "xs", [1, 1 / 0])],
  ["f: xs.length is 0, expected at least 1", () => requireNumbers("f", "xs", [])],
  ["f: b.length is 2, expected 1 (as many as a)", () => requireSameLength("f", ["a", "b"], [1], [1, 2])],
  ["f: x is -1, expected a number of 0 or more", () => requireRule("f", "x", -1, notNegative)],
  ['f: x is "1", expected a number of 0 or more', () => requireRule("f", "x", "1" as never, notNegative)],
])("%s", (message, check) => {
  expect(check).toThrow(InvalidArgumentError);
  expect(check).toThrow(message);
});

test("options are the defaults with what was given; unknown names are refused", () => {
  const resolve = (given: object) =>
    resolveOptions({
      where: "f",
      defaults: { a: 1, b: null as number | null },
      given,
      rules: { a: notNegative },
    });
  expect(resolve({ b: 2, a: undefined })).toEqual({ a: 1, b: 2 });
  expect(() => resolve({ a: -1 })).toThrow("f: a is -1, expected a number of 0 or more");
  expect(() => resolve({ c: 1 })).toThrow("f: c is no option, expected one of a, b");
});
