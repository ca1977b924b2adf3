import type { Tensor3D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";

/** Below this many multiplications per matrix the WASM backend's own batched loop is the faster one. */
const smallProduct = 4096;

/** Row `index` of the first dimension, as a matrix, transposed on request. */
const matrixAt = (x: Tensor3D, index: number, isTransposed: boolean): tf.Tensor2D => {
  const [, rows, columns] = x.shape;
  const matrix = tf.reshape(tf.slice(x, [index, 0, 0], [1, rows, columns]), [rows, columns]) as tf.Tensor2D;
  return isTransposed ? tf.transpose(matrix) : matrix;
};

/** One fast product per matrix: the WASM backend multiplies batches, and transposed matrices, by a slow loop. */
const oneByOne = (a: Tensor3D, b: Tensor3D, transposeA: boolean, transposeB: boolean): Tensor3D =>
  tf.tidy(() => {
    const products = Array.from({ length: a.shape[0] }, (_, i) =>
      tf.matMul(matrixAt(a, i, transposeA), matrixAt(b, i, transposeB)),
    );
    const [rows, columns] = (products[0] as tf.Tensor2D).shape as [number, number];
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
