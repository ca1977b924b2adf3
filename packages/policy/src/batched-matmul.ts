import type { Tensor3D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { matricesOnWasm } from "./split-parts.ts";

/** Below this many multiplications per matrix the WASM backend's own batched loop is the faster one. */
const smallProduct = 4096;

/** One fast product per matrix: the WASM backend multiplies batches, and transposed matrices, by a slow loop. */
const oneByOne = (a: Tensor3D, b: Tensor3D, transposeA: boolean, transposeB: boolean): Tensor3D =>
  tf.tidy(() => {
    const matrices = (x: Tensor3D, isTransposed: boolean) =>
      matricesOnWasm(isTransposed ? tf.transpose(x, [0, 2, 1]) : x);
    const others = matrices(b, transposeB);
    const products = matrices(a, transposeA).map((matrix, i) => tf.matMul(matrix, others[i] as tf.Tensor2D));
    const [rows, columns] = (products[0] as tf.Tensor2D).shape;
    return tf.reshape(tf.concat(products, 0), [a.shape[0], rows, columns]);
  });

/**
 * a · b for each pair of matrices, transposed on request, fast on every backend. Has no gradient of its own.
 *
 * @param a  [N, I, K], or [N, K, I] with transposeA
 * @param b  [N, K, J], or [N, J, K] with transposeB
 * @returns [N, I, J]
 */
export const batchedMatMul = (
  a: Tensor3D,
  b: Tensor3D,
  { transposeA = false, transposeB = false } = {},
): Tensor3D => {
  const multiplications = a.shape[1] * a.shape[2] * b.shape[transposeB ? 1 : 2];
  return tf.getBackend() === "wasm" && multiplications > smallProduct
    ? oneByOne(a, b, transposeA, transposeB)
    : tf.matMul(a, b, transposeA, transposeB);
};
