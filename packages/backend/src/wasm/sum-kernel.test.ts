import { createRandom } from "@accord-rl/core";
import { expectNoLeak } from "@accord-rl/testing";
import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { startBackend } from "../start-backend.ts";

beforeAll(async () => {
  await startBackend({ backend: "wasm" });
});

/** Sums and sums of magnitudes in float64, one number after the other. */
const sumsOf = (x: ArrayLike<number>, shape: readonly number[], axes: readonly number[]) => {
  const kept = shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
  const strides = kept.map((size, axis) =>
    size === 1 ? 0 : kept.slice(axis + 1).reduce((product, next) => product * next, 1),
  );
  const [sums, magnitudes] = [0, 0].map(() => new Array<number>(kept.reduce((a, b) => a * b, 1)).fill(0)) as [
    number[],
    number[],
  ];
  for (let index = 0; index < x.length; index++) {
    let [rest, at] = [index, 0];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const size = shape[axis] as number;
      at += (rest % size) * (strides[axis] as number);
      rest = Math.floor(rest / size);
    }
    const value = x[index] as number;
    sums[at] = (sums[at] as number) + value;
    magnitudes[at] = (magnitudes[at] as number) + Math.abs(value);
  }
  return { sums, magnitudes };
};

const valuesOf = (make: () => tf.Tensor): Float32Array => tf.tidy(() => make().dataSync<"float32">());

describe("sums on WASM", () => {
  it("of any shape over any axes are those of float64, rounded", () => {
    const { normal } = createRandom(1);
    const cases = fc.record({
      shape: fc
        .array(fc.oneof(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 14, max: 40 })), { maxLength: 4 })
        .filter((shape) => tf.util.sizeFromShape(shape) <= 10_000),
      isSummed: fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
      keepDims: fc.boolean(),
      dtype: fc.constantFrom("float32" as const, "int32" as const, "bool" as const),
    });
    fc.assert(
      fc.property(cases, ({ shape, isSummed, keepDims, dtype }) => {
        const axes = shape.map((_, axis) => axis).filter((axis) => isSummed[axis]);
        const size = tf.util.sizeFromShape(shape);
        const random = Float32Array.from({ length: size }, () => 100 * normal());
        tf.tidy(() => {
          const x = tf.cast(tf.tensor(random, shape), dtype);
          const values = x.dataSync();
          const { sums, magnitudes } = sumsOf(values, shape, axes);
          const count = axes.reduce((product, axis) => product * (shape[axis] as number), 1);
          const [sum, mean] = [tf.sum(x, axes, keepDims), tf.mean(x, axes, keepDims)];
          const kept = shape.flatMap((length, axis) =>
            axes.includes(axis) ? (keepDims ? [1] : []) : [length],
          );
          expect([sum.shape, mean.shape]).toEqual([kept, kept]);
          expect([sum.dtype, mean.dtype]).toEqual([dtype === "float32" ? "float32" : "int32", "float32"]);
          const [actualSums, actualMeans] = [sum.dataSync(), mean.dataSync()];
          for (const [i, expected] of sums.entries()) {
            const atMost = 2 ** -22 * (magnitudes[i] as number); // one rounding for each of two passes
            expect(Math.abs((actualSums[i] as number) - expected)).toBeLessThanOrEqual(atMost);
            if (count === 0) expect(actualMeans[i]).toBeNaN();
            else expect(Math.abs((actualMeans[i] as number) * count - expected)).toBeLessThanOrEqual(atMost);
          }
        });
      }),
      { numRuns: 200 },
    );
  });

  it("of equal numbers are their product, up to 10⁷ of them", () => {
    for (const size of [8192, 1e6, 1e7]) {
      const tenth = Math.fround(0.1);
      expect(valuesOf(() => tf.sum(tf.fill([size], 0.1)))[0]).toBe(Math.fround(size * tenth));
      expect(valuesOf(() => tf.mean(tf.fill([size], 0.1)))[0]).toBe(tenth);
    }
    // Along the first axis each column has its own chain: 1e6 · 0.1 in all 3 columns.
    expect([...valuesOf(() => tf.sum(tf.fill([1e6, 3], 0.1), 0))]).toEqual(
      Array(3).fill(Math.fround(1e6 * Math.fround(0.1))),
    );
  });

  it("keep what is small beside what is large: 10⁸ + 1 − 10⁸ = 1", () => {
    expect(valuesOf(() => tf.sum(tf.tensor([1e8, 1, -1e8])))[0]).toBe(1);
  });

  it("of integers wrap and of truths count", () => {
    const both = (make: () => tf.Tensor) => [...valuesOf(make)];
    // 2³¹ − 1 + 1 wraps to −2³¹.
    expect(both(() => tf.sum(tf.tensor([2 ** 31 - 1, 1], [2], "int32")))).toEqual([-(2 ** 31)]);
    expect(both(() => tf.sum(tf.tensor([true, false, true], [3], "bool")))).toEqual([2]);
    expect(both(() => tf.mean(tf.tensor([true, false, true, true], [4], "bool")))).toEqual([0.75]);
    expect(both(() => tf.mean(tf.tensor([1, 2], [2], "int32")))).toEqual([1.5]);
  });

  it("of nothing are 0, their mean NaN", () => {
    for (const dtype of ["float32", "int32"] as const) {
      const x = () => tf.zeros([3, 0], dtype);
      expect([...valuesOf(() => tf.sum(x(), 1))]).toEqual([0, 0, 0]);
      expect([...valuesOf(() => tf.mean(x(), 1))]).toEqual([NaN, NaN, NaN]);
      expect(tf.tidy(() => tf.sum(x(), 0).shape)).toEqual([0]);
    }
  });

  it("leave no tensor", async () => {
    const [x, integers] = [tf.ones([2, 3, 4]), tf.ones([2, 3], "int32")];
    await expectNoLeak(() => [tf.sum(x, [0, 2]), tf.mean(x, [0, 2]), tf.mean(integers, 1)]);
    tf.dispose([x, integers]);
  });
});
