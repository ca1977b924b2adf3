import { expectNoLeak } from "@accord-rl/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { batchedMatMul } from "./batched-matmul.ts";

/** Σ_k a[i, k] · b[k, j] in plain loops. */
const product = (a: number[][], b: number[][]) =>
  a.map((row) =>
    (b[0] as number[]).map((_, j) => row.reduce((sum, value, k) => sum + value * (b[k]?.[j] as number), 0)),
  );

const transpose = (x: number[][]) => (x[0] as number[]).map((_, j) => x.map((row) => row[j] as number));

describe("batchedMatMul", () => {
  it.each([
    { size: 3, transposeA: false, transposeB: false },
    { size: 3, transposeA: true, transposeB: false },
    { size: 3, transposeA: false, transposeB: true },
    { size: 20, transposeA: false, transposeB: false },
    { size: 20, transposeA: true, transposeB: false },
    { size: 20, transposeA: false, transposeB: true },
  ])("multiplies each pair of matrices: %o", async ({ size, transposeA, transposeB }) => {
    const shape: [number, number, number] = [2, size, size];
    const number = (seed: number) =>
      tf.tensor3d(
        Float32Array.from({ length: 2 * size * size }, (_, i) => Math.sin(seed * i)),
        shape,
      );
    const [a, b] = [number(0.7), number(1.3)];
    const expected = a.arraySync().map((matrix, i) => {
      const other = b.arraySync()[i] as number[][];
      return product(transposeA ? transpose(matrix) : matrix, transposeB ? transpose(other) : other);
    });
    const actual = batchedMatMul(a, b, { transposeA, transposeB });
    expect(actual).toBeAllClose(expected, { rtol: 1e-4, atol: 1e-5 });
    await expectNoLeak(() => batchedMatMul(a, b, { transposeA, transposeB }));
    tf.dispose([a, b, actual]);
  });
});
