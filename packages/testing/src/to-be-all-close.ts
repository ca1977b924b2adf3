import { InvalidArgumentError } from "@accord-rl/core";
import * as tf from "@tensorflow/tfjs-core";
import { expect } from "vitest";

/** What can be compared: a tensor, a typed array, nested arrays, or a number. */
export type Numbers = tf.Tensor | tf.TypedArray | number | NestedNumbers;
type NestedNumbers = readonly (number | NestedNumbers)[];

export interface Tolerance {
  /** Relative to the expected number. Default 1e-5. At most 0.1: beyond it, almost anything passes. */
  readonly rtol?: number;
  /** Default 1e-6. */
  readonly atol?: number;
}

declare module "vitest" {
  interface Matchers<T> {
    /** Same shape, and |actual − expected| ≤ atol + rtol·|expected| for every number. */
    toBeAllClose(expected: Numbers, tolerance?: Tolerance): T;
  }
}

interface Flat {
  /** Undefined for a typed array: it has numbers, but no shape. */
  readonly shape: readonly number[] | undefined;
  readonly data: readonly number[];
}

const flattenNested = (value: number | NestedNumbers): Flat => {
  if (typeof value === "number") return { shape: [], data: [value] };
  const parts = value.map(flattenNested);
  const inner = parts[0]?.shape ?? [];
  if (parts.some(({ shape }) => String(shape) !== String(inner))) {
    throw new InvalidArgumentError({
      argument: "numbers",
      value,
      message: "toBeAllClose: got rows of different lengths, expected a rectangular array",
    });
  }
  return { shape: [value.length, ...inner], data: parts.flatMap(({ data }) => data) };
};

const flatten = (value: Numbers): Flat => {
  if (value instanceof tf.Tensor) return { shape: value.shape, data: Array.from(value.dataSync()) };
  if (ArrayBuffer.isView(value)) return { shape: undefined, data: Array.from(value as tf.TypedArray) };
  return flattenNested(value as number | NestedNumbers);
};

const isClose = (actual: number, expected: number, rtol: number, atol: number): boolean =>
  Object.is(actual, expected) ||
  actual === expected ||
  (Number.isFinite(expected) && Math.abs(actual - expected) <= atol + rtol * Math.abs(expected));

const compare = (
  received: Numbers,
  wanted: Numbers,
  { rtol = 1e-5, atol = 1e-6 }: Tolerance = {},
): { pass: boolean; message: () => string } => {
  if (!(rtol < 0.1)) {
    throw new InvalidArgumentError({
      argument: "rtol",
      value: rtol,
      message: `toBeAllClose: rtol is ${rtol}, expected less than 0.1; a wider one passes almost anything`,
    });
  }
  const actual = flatten(received);
  const expected = flatten(wanted);
  const sameShape =
    actual.data.length === expected.data.length &&
    (actual.shape === undefined ||
      expected.shape === undefined ||
      String(actual.shape) === String(expected.shape));
  if (!sameShape) {
    const shapeOf = ({ shape, data }: Flat): string => `[${(shape ?? [data.length]).join(", ")}]`;
    return { pass: false, message: () => `shape is ${shapeOf(actual)}, expected ${shapeOf(expected)}` };
  }
  const wrong = actual.data.flatMap((value, i) =>
    isClose(value, expected.data[i] as number, rtol, atol) ? [] : [i],
  );
  const listed = wrong
    .slice(0, 8)
    .map((i) => `  [${i}] is ${actual.data[i]}, expected ${expected.data[i]}`)
    .join("\n");
  return {
    pass: wrong.length === 0,
    message: () =>
      wrong.length === 0
        ? `all ${actual.data.length} numbers are within rtol ${rtol}, atol ${atol}, expected some that are not`
        : `${wrong.length} of ${actual.data.length} numbers differ (rtol ${rtol}, atol ${atol}):\n${listed}`,
  };
};

/** Makes `expect(…).toBeAllClose(…)` known to vitest. */
export const registerMatchers = (): void => {
  expect.extend({
    toBeAllClose: (received: Numbers, expected: Numbers, tolerance?: Tolerance) =>
      compare(received, expected, tolerance),
  });
};
