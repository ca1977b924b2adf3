import { createRandom } from "@accord-rl/core";
import { expectNoLeak } from "@accord-rl/testing";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { runSource } from "../__fixtures__/run-source.ts";
import { startBackend } from "../start-backend.ts";

/** Plain JavaScript is the reference: the same operation there. */
const onBoth = async (operation: () => tf.Tensor): Promise<void> => {
  const results = [];
  for (const backend of ["cpu", "wasm"]) {
    await tf.setBackend(backend);
    const { shape, dtype, data } = tf.tidy(() => {
      const tensor = operation();
      return { shape: tensor.shape, dtype: tensor.dtype, data: tensor.dataSync() };
    });
    results.push({ shape, dtype, data });
  }
  const [reference, actual] = results;
  expect({ ...actual, data: [] }).toEqual({ ...reference, data: [] });
  expect(actual!.data as Float32Array).toBeAllClose(reference!.data as Float32Array, {
    rtol: 1e-5,
    atol: 1e-4,
  });
};

beforeAll(async () => {
  await startBackend({ backend: "cpu" });
  await startBackend({ backend: "wasm" });
});

const { normal } = createRandom(1);
const random = (...shape: number[]): tf.Tensor =>
  tf.tensor(Float32Array.from({ length: tf.util.sizeFromShape(shape) }, normal), shape);

describe("matrix products on WASM", () => {
  it.each([
    { a: [3, 4], b: [4, 5] },
    { a: [200, 300], b: [300, 500] },
    { a: [2, 3, 4], b: [2, 4, 5] },
    { a: [2, 3, 4], b: [4, 5] },
    { a: [1, 3, 4], b: [2, 4, 5] },
    { a: [6, 2, 3, 4], b: [2, 4, 5] },
    { a: [2, 3, 3, 4], b: [1, 3, 4, 5] },
    { a: [0, 4], b: [4, 5] },
    { a: [3, 0], b: [0, 5] },
  ])("are those of plain JavaScript: %o", async ({ a, b }) => {
    await onBoth(() => tf.matMul(tf.ones(a), tf.ones(b)));
    const swapped = (shape: number[]) => [...shape.slice(0, -2), shape.at(-1)!, shape.at(-2)!];
    const [left, right] = [random(...swapped(a)), random(...swapped(b))];
    const values = { a: left.dataSync(), b: right.dataSync() };
    const again = () =>
      tf.matMul(tf.tensor(values.a, left.shape), tf.tensor(values.b, right.shape), true, true);
    await onBoth(again);
  });

  it("are right where each factor is broadcast along another dimension", () => {
    const [a, b] = [random(2, 1, 3, 4), random(3, 4, 5)];
    const spread = tf.matMul(tf.tile(a, [1, 3, 1, 1]), tf.tile(tf.expandDims(b), [2, 1, 1, 1]));
    expect(tf.matMul(a, b).shape).toEqual([2, 3, 3, 5]);
    expect(tf.matMul(a, b)).toBeAllClose(spread.dataSync(), { rtol: 1e-6, atol: 1e-6 });
    expect(tf.matMul(tf.ones([2, 0, 3, 4]), tf.ones([4, 5])).shape).toEqual([2, 0, 3, 5]);
  });

  it("leave no tensor", async () => {
    const [a, b] = [random(2, 3, 4), random(4, 5)];
    await expectNoLeak(() => tf.matMul(a, b));
    tf.dispose([a, b]);
  });

  it("refuse integers, as before", () => {
    const x = tf.ones([2, 2], "int32");
    expect(() => tf.matMul(x, x)).toThrow(/float32/);
    x.dispose();
  });

  it("share their work among threads that do not keep a program alive", async () => {
    const { status, stdout } = runSource(
      `
      import { startBackend } from "@accord-rl/backend";
      import * as tf from "@tensorflow/tfjs-core";
      const { description } = await startBackend({ backend: "wasm" });
      const x = tf.ones([600, 600]);
      console.log(description, tf.matMul(x, x).dataSync().every((value) => value === 600));
    `,
      { ACCORD_WASM_THREADS: "3" },
    );
    expect(stdout).toMatch(/^WebAssembly with SIMD, matrix products on \d+ threads? true$/m);
    expect(status).toBe(0);
  });
});

describe("a number that is spread on WASM", () => {
  it.each(["float32", "int32", "bool"] as const)("keeps its value and type: %s", async (dtype) => {
    await onBoth(() => tf.tile(tf.tensor([[1]], [1, 1], dtype), [3, 2]));
    await onBoth(() => tf.where(tf.scalar(true), tf.ones([2, 3], dtype), tf.zeros([2, 3], dtype)));
  });

  it("does not change what else is tiled", async () => {
    await onBoth(() => tf.tile(tf.tensor([1, 2]), [2]));
    await onBoth(() => tf.tile(tf.tensor([[true, false]]), [2, 1]));
  });
});
