import { createCompile, expectNoLeak } from "@accord-rl/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { registerMatmul } from "./matmul-kernel.ts";

/** aᵀ·b, number by number. */
const reference = (a: Float32Array, b: Float32Array, [depth, rows, columns]: readonly number[]): number[] => {
  const result = new Float64Array(rows! * columns!);
  for (let k = 0; k < depth!; k++) {
    for (let i = 0; i < rows!; i++) {
      for (let j = 0; j < columns!; j++)
        result[i * columns! + j]! += a[k * rows! + i]! * b[k * columns! + j]!;
    }
  }
  return Array.from(result);
};

const isNative = tf.getBackend() === "tensorflow";
if (isNative) registerMatmul(true);

describe("the gradient of a weight", () => {
  test.each([
    [7, 1024, 64],
    [7, 64, 2048],
    [5, 1024, 1024],
    [5, 1024, 8],
    [3, 1536, 288],
    [3, 1000, 64],
  ])("of depth %i, [%i, %i], is the product, by itself and compiled", async (depth, rows, columns) => {
    const a = tf.randomNormal([depth, rows], 0, 1, "float32", 1) as tf.Tensor2D;
    const b = tf.randomNormal([depth, columns], 0, 1, "float32", 2) as tf.Tensor2D;
    const expected = reference(a.dataSync<"float32">(), b.dataSync<"float32">(), [depth, rows, columns]);
    const multiply = (a: tf.Tensor, b: tf.Tensor) => ({ product: tf.matMul(a, b, true) });
    const compiled = createCompile()(multiply);
    for (const { product } of [multiply(a, b), compiled(a, b)] as { product: tf.Tensor }[]) {
      expect(product.shape).toEqual([rows, columns]);
      expect(Array.from(product.dataSync())).toBeAllClose(expected, { atol: 1e-5 });
      product.dispose();
    }
    await expectNoLeak(() => tf.tidy(() => void multiply(a, b)));
    tf.dispose([a, b]);
  });

  test("other layouts are as they were", () => {
    const ones = tf.ones<tf.Rank.R2>([2, 1024]);
    expect(tf.max(tf.matMul(ones, ones, false, true)).dataSync()[0]).toBe(1024);
    const batched = tf.matMul(tf.ones([3, 2, 1024]), tf.ones([3, 2, 64]), true);
    expect(batched.shape).toEqual([3, 1024, 64]);
    expect(tf.max(batched).dataSync()[0]).toBe(2);
  });
});
