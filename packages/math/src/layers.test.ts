import { ShapeError } from "@accord-rl/core";
import { checkGradients, expectNoLeak } from "@accord-rl/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test, vi } from "vitest";
import golden from "./__fixtures__/log-probs.json" with { type: "json" };
import { embedding } from "./embedding.ts";
import { linear } from "./linear.ts";
import { stopGradient } from "./stop-gradient.ts";
import "./register-gradients.ts";

const x = tf.tensor3d(golden.inputs.x);
const weight = tf.tensor2d(golden.inputs.weight);
const bias = tf.tensor1d(golden.inputs.bias);
const rows = tf.tensor2d(golden.inputs.rows, undefined, "int32");
const linearUpstream = tf.tensor3d(golden.inputs.linearUpstream);
const linearGradients = () =>
  tf.grads((a: tf.Tensor, w: tf.Tensor, b: tf.Tensor) =>
    tf.sum(tf.mul(linear(a, w as tf.Tensor2D, b as tf.Tensor1D), linearUpstream)),
  )([x, weight, bias]);

describe("linear", () => {
  test("by hand", () => {
    // [1, 2] · [[3, 4], [5, 6]]ᵀ + [10, 20] = [3 + 8 + 10, 5 + 12 + 20]
    const y = linear(
      tf.tensor1d([1, 2]),
      tf.tensor2d([
        [3, 4],
        [5, 6],
      ]),
      tf.tensor1d([10, 20]),
    );
    expect(y).toBeAllClose([21, 37]);
  });

  test("equals PyTorch, value and gradients", () => {
    expect(linear(x, weight, bias)).toBeAllClose(golden.outputs.linear);
    const [forX, forWeight, forBias] = linearGradients();
    expect(forX!).toBeAllClose(golden.gradients.linearX);
    expect(forWeight!).toBeAllClose(golden.gradients.linearWeight);
    expect(forBias!).toBeAllClose(golden.gradients.linearBias);
  });

  test.each([1, 3, 40])("%i rows through a wide weight: the same whatever gets transposed", (count) => {
    const many = tf.tensor2d(
      Float32Array.from({ length: count * 6 }, (_, i) => Math.sin(i)),
      [count, 6],
    );
    const wide = tf.tensor2d(
      Float32Array.from({ length: 30 * 6 }, (_, i) => Math.cos(i)),
      [30, 6],
    );
    expect(linear(many, wide)).toBeAllClose(tf.matMul(many, wide, false, true));
  });

  test("has the gradient of its values, without bias too", () => {
    checkGradients((a, w) => linear(a, w as tf.Tensor2D), [x, weight]);
  });

  test("works out no gradient for a frozen weight", () => {
    const matMul = vi.spyOn(tf.engine(), "runKernel");
    tf.grad((a: tf.Tensor) => linear(a, weight, bias))(x);
    const products = matMul.mock.calls.filter(([name]) => name === "BatchMatMul").length;
    matMul.mockRestore();
    expect(products).toBe(2); // forward, and the gradient for x
  });

  test("leaks nothing, with or without gradient", async () => {
    await expectNoLeak(() => linear(x, weight, bias));
    await expectNoLeak(linearGradients);
  });

  test("refuses other shapes", () => {
    expect(() => linear(tf.zeros([2, 3]), weight)).toThrow("linear: x has shape [2, 3], expected [2, 4]");
    expect(() => linear(x, weight, tf.zeros([4]))).toThrow(ShapeError);
    expect(() => linear(tf.scalar(1), weight)).toThrow(ShapeError);
  });
});

describe("embedding", () => {
  const upstream = tf.tensor3d(golden.inputs.embeddingUpstream);
  const gradient = () =>
    tf.grad((w: tf.Tensor) => tf.sum(tf.mul(embedding(w as tf.Tensor2D, rows), upstream)))(weight);

  test("equals PyTorch: rows that occur twice add up, others get 0", () => {
    expect(embedding(weight, rows)).toBeAllClose(golden.outputs.embedding);
    expect(gradient()).toBeAllClose(golden.gradients.embedding);
  });

  test("adds up one id that occurs 10,000 times", () => {
    const ids = tf.zeros([10_000], "int32");
    const summed = tf.grad((w: tf.Tensor) => embedding(w as tf.Tensor2D, ids))(tf.zeros([3, 2]));
    expect(summed).toBeAllClose([
      [10_000, 10_000],
      [0, 0],
      [0, 0],
    ]);
  });

  test("leaks nothing, with or without gradient", async () => {
    await expectNoLeak(() => embedding(weight, rows));
    await expectNoLeak(gradient);
  });

  test("refuses other shapes", () => {
    expect(() => embedding(tf.zeros([3]) as unknown as tf.Tensor2D, rows)).toThrow(ShapeError);
  });
});

describe("stopGradient", () => {
  test("keeps values and stops the gradient: d(x · stop(x))/dx = x", () => {
    const input = tf.tensor1d([2, -3]);
    expect(stopGradient(input)).toBeAllClose([2, -3]);
    expect(tf.grad((v: tf.Tensor) => tf.mul(v, stopGradient(v)))(input)).toBeAllClose([2, -3]);
  });

  test("leaves no path at all where nothing else depends on the input", () => {
    expect(() => tf.grad((v: tf.Tensor) => stopGradient(tf.square(v)))(tf.scalar(2))).toThrow("gradient");
  });

  test("leaks nothing", async () => {
    await expectNoLeak(() => stopGradient(x));
    await expectNoLeak(() => tf.grad((v: tf.Tensor) => tf.mul(v, stopGradient(v)))(x));
  });
});
