import { linear } from "@accord-rl/math";
import type { Tensor, Tensor1D, Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { q8_0 } from "../formats/gguf/pack.ts";
import { eachQ8Block } from "../formats/gguf/tensor-types.ts";
import { zeroAfter } from "../layers/zero-after.ts";
import type { Weight } from "./weight.ts";

/** A matrix of eight-bit numbers, to be disposed of with its model. */
export interface PackedMatrix extends Weight {
  dispose(): void;
}

/** Whole numbers of one triple: rows that stand a third of the matrix apart. */
const perTriple = 3;
/** 2⁸; what is packed is −127 … 127, so that a float32 holds three of them exactly. */
const base = 256;

/** Whether rows of this length are whole blocks. */
export const canBePacked = (shape: readonly number[]): shape is readonly [number, number] =>
  shape.length === 2 && (shape[1] as number) % q8_0.blockSize === 0;

/** Triples that are unpacked at a time: little of a large matrix is in memory as float32. */
const triplesAtOnce = 2 ** 20;

/** [N, I] triples → [N, 3, I] the numbers. @param unit 2⁻⁸. */
const splitTriples = (triples: Tensor2D, unit: Tensor): Tensor3D => {
  const upper = tf.round(tf.mul(triples, unit));
  const third = tf.sub(triples, tf.mul(upper, base));
  const first = tf.round(tf.mul(upper, unit));
  const second = tf.sub(upper, tf.mul(first, base));
  return tf.stack([first, second, third], 1) as Tensor3D;
};

/** [3 N, I] float32. @param scales [N, 3, I / 32]. */
const unpack = (triples: Tensor2D, scales: Tensor3D, unit: Tensor): Tensor2D => {
  const [count, columns] = triples.shape;
  const blocks = tf.reshape(splitTriples(triples, unit), [count, perTriple, -1, q8_0.blockSize]);
  return tf.reshape(tf.mul(blocks, tf.expandDims(scales, -1)), [perTriple * count, columns]);
};

/** What a matrix lies in memory as. */
const pack = (numbers: Float32Array, [rows, columns]: readonly [number, number]) => {
  const count = Math.ceil(rows / perTriple);
  const blocks = columns / q8_0.blockSize;
  const triples = new Float32Array(count * columns);
  const scales = new Float32Array(perTriple * count * blocks);
  eachQ8Block(q8_0.pack(numbers), (block, scale, values) => {
    const row = Math.floor(block / blocks);
    const place = base ** (perTriple - 1 - (row % perTriple));
    const start = Math.floor(row / perTriple) * columns + (block % blocks) * q8_0.blockSize;
    scales[block] = scale;
    for (let i = 0; i < values.length; i++) triples[start + i]! += place * (values[i] as number);
  });
  return { count, triples, scales };
};

/**
 * A matrix as GGUF's Q8_0 has it: blocks of 32 whole numbers of 8 bits, and a binary16 scale for each. No backend has
 * tensors of bytes; a float32 holds three of these numbers exactly, which takes 1.46 bytes for each weight, scales included.
 * Some rows at a time are unpacked for each product, and thrown away again. What was Q8_0 in a file of llama.cpp keeps its
 * values bit for bit.
 *
 * @param numbers  [O · I], I a multiple of 32
 */
export const packMatrix = (numbers: Float32Array, shape: readonly [number, number]): PackedMatrix => {
  const [rows, columns] = shape;
  const { count, ...packed } = pack(numbers, shape);
  const { triples, scales } = tf.tidy(() => ({
    triples: tf.keep(tf.tensor2d(packed.triples, [count, columns])),
    scales: tf.keep(tf.tensor3d(packed.scales, [count, perTriple, columns / q8_0.blockSize])),
  }));
  const atOnce = Math.max(1, Math.floor(triplesAtOnce / columns));
  /** Rows from that of a triple on, without those that fill up the last one. */
  const withoutRest = (some: Tensor2D, from = 0): Tensor2D => {
    const known = rows - perTriple * from;
    return known === some.shape[0] ? some : tf.slice(some, [0, 0], [known, columns]);
  };
  /** Up to `atOnce` triples of rows from a place. */
  const readSome = (from: number, input: Tensor): Tensor2D => {
    const size = Math.min(atOnce, count - from);
    const zero = zeroAfter(input);
    const unit = tf.add(zero, 1 / base);
    if (size === count) return withoutRest(unpack(triples, scales, unit));
    const offset = tf.cast(tf.reshape(zero, []), "int32");
    const places = tf.add(tf.range(from, from + size, 1, "int32"), offset) as Tensor1D;
    const all = unpack(tf.gather(triples, places), tf.gather(scales, places), unit);
    return from + size === count ? withoutRest(all, from) : all;
  };
  /** Something of each part of the matrix, one after the other also where a graph could do all at once. */
  const each = (input: Tensor, use: (matrix: Tensor2D) => Tensor): Tensor[] => {
    const results: Tensor[] = [];
    for (let from = 0; from < count; from += atOnce) {
      results.push(tf.tidy(() => use(readSome(from, results.at(-1) ?? input))));
    }
    return results;
  };
  const join = (parts: Tensor[], axis: number): Tensor =>
    parts.length === 1 ? (parts[0] as Tensor) : tf.concat(parts, axis);
  return {
    shape,
    read: (input) =>
      tf.tidy(
        () =>
          join(
            each(input, (matrix) => matrix),
            0,
          ) as Tensor2D,
      ),
    multiply: (x, bias) =>
      tf.tidy(() => {
        const y = join(
          each(x, (matrix) => linear(x, matrix)),
          x.rank - 1,
        );
        return bias === undefined ? y : tf.add(y, bias);
      }),
    rows: (ids) =>
      tf.tidy(() => {
        const triple = tf.floorDiv(ids, tf.scalar(perTriple, "int32")) as Tensor1D;
        const own = tf.gather(triples, triple) as Tensor2D;
        const all = unpack(own, tf.gather(scales, triple) as Tensor3D, tf.scalar(1 / base));
        // Row i of each triple stands at 3 i, and its others behind.
        const first = tf.range(0, perTriple * ids.size, perTriple, "int32");
        const part = tf.sub(ids, tf.mul(triple, tf.scalar(perTriple, "int32")));
        return tf.gather(all, tf.add(first, part) as Tensor1D) as Tensor2D;
      }),
    dispose: () => tf.dispose([triples, scales]),
  };
};
