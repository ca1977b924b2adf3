import { describe, expect, it } from "vitest";
import { InvalidArgumentError, ShapeError } from "./errors.ts";
import { type NestedNumbers, toFloat32 } from "./nested-numbers.ts";

const read = (value: unknown) => toFloat32("Pole.reset", "observations", value as NestedNumbers, [2, 3]);
const six = Float32Array.of(1, 2, 3, 4, 5, 6);

describe("toFloat32", () => {
  it.each([
    [[1, 2, 3, 4, 5, 6]],
    [
      [
        [1, 2, 3],
        [4, 5, 6],
      ],
    ],
    [[Float32Array.of(1, 2, 3), Float64Array.of(4, 5, 6)]],
    [Float64Array.from(six)],
    [Int32Array.from(six)],
  ])("reads %o", (value) => {
    expect(read(value)).toEqual(six);
  });

  it("gives a Float32Array of the right size back as it is", () => {
    expect(read(six)).toBe(six);
  });

  it.each([
    {
      value: [1, 2, 3],
      type: ShapeError,
      message: "Pole.reset: observations has shape [3], expected [2, 3]",
    },
    { value: new Float32Array(5), type: ShapeError, message: "has shape [5], expected [2, 3]" },
    {
      value: [
        [1, 2, 3],
        [4, 5],
      ],
      type: ShapeError,
      message: "expected [2, 3]",
    },
    {
      value: [
        [[1], 2, 3],
        [4, 5, 6],
      ],
      type: InvalidArgumentError,
      message: "observations holds 1, expected numbers",
    },
    {
      value: [1, 2, 3, 4, 5, "6"],
      type: InvalidArgumentError,
      message: "observations holds 6, expected numbers",
    },
    {
      value: undefined,
      type: InvalidArgumentError,
      message: "observations is undefined, expected an array of 6",
    },
    {
      value: { 0: 1 },
      type: InvalidArgumentError,
      message: "observations is [object Object], expected an array",
    },
    { value: "123456", type: InvalidArgumentError, message: "expected an array of 6 numbers" },
  ])("refuses $value", ({ value, type, message }) => {
    expect(() => read(value)).toThrow(type);
    expect(() => read(value)).toThrow(message);
  });
});
