import { readFileSync } from "node:fs";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { replaceKernel } from "../replace-kernel.ts";

/** Numbers in half a page of memory: rows of two or more of them fall onto the same few places of the cache. */
const halfPage = 512;
/** Numbers that a row is made longer by, so that the next one falls elsewhere. */
const extra = 16;
/** Columns of the other factor with which oneDNN reads such rows one at a time. */
const narrow = { from: 64, to: 300 };

const isSlow = (rowLength: number, otherColumns: number): boolean =>
  rowLength % halfPage === 0 &&
  rowLength >= 2 * halfPage &&
  otherColumns >= narrow.from &&
  otherColumns <= narrow.to;

const lengthen = (x: Tensor2D): Tensor2D => tf.concat([x, tf.zeros<tf.Rank.R2>([x.shape[0], extra])], 1);

/** Whether vectors are no wider than AVX2's: where they are, nothing was measured, and nothing is changed. */
const isLimitedToAvx2 = (): boolean => {
  if (process.arch !== "x64") return false;
  try {
    return !/\bavx512f\b/.test(readFileSync("/proc/cpuinfo", "utf8"));
  } catch {
    return false;
  }
};

/**
 * Makes aᵀ·b, the gradient of a weight, faster on the CPU where a factor has rows of whole half pages and the other is narrow:
 * oneDNN's products for AVX2 run at half speed there. The rows are made longer, and the result is cut.
 *
 * @param isWanted  default: where the processor is one of those.
 */
export const registerMatmul = (isWanted = isLimitedToAvx2()): void => {
  if (!isWanted) return;
  replaceKernel(tf.BatchMatMul, "tensorflow", (own) => (parts) => {
    const { a, b } = parts.inputs as unknown as { readonly a: Tensor2D; readonly b: Tensor2D };
    const { transposeA, transposeB } = parts.attrs as { transposeA: boolean; transposeB: boolean };
    const isFlat = a.shape.length === 2 && b.shape.length === 2;
    if (!isFlat || !transposeA || transposeB || a.dtype !== "float32" || b.dtype !== "float32")
      return own(parts);
    const [, rows] = a.shape;
    const [, columns] = b.shape;
    if (isSlow(rows, columns)) {
      return tf.tidy(() => tf.slice(tf.matMul(lengthen(a), b, true), [0, 0], [rows, columns]));
    }
    if (isSlow(columns, rows)) {
      return tf.tidy(() => tf.slice(tf.matMul(a, lengthen(b), true), [0, 0], [rows, columns]));
    }
    return own(parts);
  });
};
