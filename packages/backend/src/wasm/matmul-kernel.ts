import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";
import { replaceKernel } from "../replace-kernel.ts";
import type { Matmul } from "./matmul.ts";

const { assertAndGetBroadcastShape } = tf.broadcast_util;
const { computeStrides, indexToLoc, locToIndex, sizeFromShape } = tf.util;

const floatBytes = 4;

interface Arguments {
  readonly inputs: { readonly a: tf.TensorInfo; readonly b: tf.TensorInfo };
  readonly backend: BackendWasm;
  readonly attrs: { readonly transposeA: boolean; readonly transposeB: boolean };
}

const leadingOf = (x: tf.TensorInfo): number[] => x.shape.slice(0, -2);

/** The last two dimensions, as the product sees them. */
const matrixOf = (x: tf.TensorInfo, isTransposed: boolean): [number, number] => {
  const [first, second] = x.shape.slice(-2) as [number, number];
  return isTransposed ? [second, first] : [first, second];
};

/** Whether a batch uses these matrices one after the other, and then again from the first. */
const isInTurn = (leading: readonly number[], batch: readonly number[]): boolean => {
  const own = leading.slice(leading.findIndex((size) => size !== 1));
  return sizeFromShape([...leading]) === 1 || own.join() === batch.slice(-own.length).join();
};

/** Which matrix each product of a batch takes. */
const chosen = (leading: readonly number[], batch: number[]): number[] => {
  const rank = batch.length;
  const aligned = [...Array<number>(rank - leading.length).fill(1), ...leading];
  const [strides, batchStrides] = [computeStrides(aligned), computeStrides(batch)];
  return Array.from({ length: sizeFromShape(batch) }, (_, product) => {
    const place = indexToLoc(product, rank, batchStrides);
    return locToIndex(
      place.map((index, i) => (aligned[i] === 1 ? 0 : index)),
      rank,
      strides,
    );
  });
};

const product = (matmul: Matmul, { inputs: { a, b }, backend, attrs }: Arguments): tf.TensorInfo => {
  const { transposeA, transposeB } = attrs;
  const [leadingA, leadingB] = [leadingOf(a), leadingOf(b)];
  const batch = assertAndGetBroadcastShape(leadingA, leadingB);
  const [rows, depth] = matrixOf(a, transposeA);
  const [, columns] = matrixOf(b, transposeB);
  const output = backend.makeOutput([...batch, rows, columns], "float32");
  if (sizeFromShape(output.shape) === 0) return output;
  if (depth === 0) {
    backend.typedArrayFromHeap(output).fill(0);
    return output;
  }
  const [placeA, placeB, placeC] = [a, b, output].map(
    ({ dataId }) => backend.dataIdMap.get(dataId).memoryOffset,
  ) as [number, number, number];
  const shape = { rows, columns, depth, transposeA, transposeB };
  if (isInTurn(leadingA, batch) && isInTurn(leadingB, batch)) {
    const counts = { batchA: sizeFromShape(leadingA), batchB: sizeFromShape(leadingB) };
    matmul({ a: placeA, b: placeB, c: placeC, batch: sizeFromShape(batch), ...counts, ...shape });
    return output;
  }
  const [matricesA, matricesB] = [chosen(leadingA, batch), chosen(leadingB, batch)];
  for (const [n, matrixA] of matricesA.entries()) {
    const places = {
      a: placeA + floatBytes * matrixA * rows * depth,
      b: placeB + floatBytes * (matricesB[n] as number) * depth * columns,
      c: placeC + floatBytes * n * rows * columns,
    };
    matmul({ ...places, batch: 1, batchA: 1, batchB: 1, ...shape });
  }
  return output;
};

/** Makes `tf.matMul` of float32 compute with `matmul` on the WASM backend. */
export const registerMatmul = (matmul: Matmul): void =>
  replaceKernel(tf.BatchMatMul, "wasm", (own) => (parts) => {
    const given = parts as unknown as Arguments;
    const isFloat = Object.values(given.inputs).every(({ dtype }) => dtype === "float32");
    return isFloat ? product(matmul, given) : own(parts);
  });
