import type { Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { headSizes, type TransformerConfig } from "./transformer-config.ts";

/** Constant tensors of the rotary embedding. */
export interface RotaryTables {
  /** [contextLength, head size] */
  readonly cos: Tensor2D;
  /** [contextLength, head size] */
  readonly sin: Tensor2D;
  /** [head size, head size] x · turn moves each pair (a, b) to (−b, a). */
  readonly turn: Tensor2D;
  /** [1, rotated width] 1 / √(head size) over the queries, 1 over the keys: scales the scores at no cost. */
  readonly scale: Tensor2D;
}

/** What turns the queries and keys of N tokens. */
export interface Rotation {
  /** [N, rotated width] */
  readonly cos: Tensor2D;
  /** [N, rotated width] */
  readonly sin: Tensor2D;
  /** [head size, head size] */
  readonly turn: Tensor2D;
}

/** For each number of a head: which frequency it has, where its partner is, and the partner's sign in (−b, a). */
const pairing = ({ ropeLayout }: TransformerConfig, size: number) =>
  Array.from({ length: size }, (_, i) => {
    if (ropeLayout === "interleaved") {
      return { frequency: i >> 1, partner: i ^ 1, sign: i % 2 === 0 ? -1 : 1 };
    }
    const isFirst = i < size / 2;
    const partner = isFirst ? i + size / 2 : i - size / 2;
    return { frequency: isFirst ? i : partner, partner, sign: isFirst ? -1 : 1 };
  });

/**
 * The angles θ(p, i) = p · base^(−2i / size) of both layouts, and the permutation that turns a pair.
 * @see Su et al. 2021, RoFormer. https://arxiv.org/abs/2104.09864
 */
export const createRotaryTables = (config: TransformerConfig): RotaryTables => {
  const { contextLength, ropeTheta } = config;
  const { headSize, rotatedWidth } = headSizes(config);
  const pairs = pairing(config, headSize);
  const angle = (position: number, frequency: number) =>
    position * ropeTheta ** ((-2 * frequency) / headSize);
  const table = (f: (angle: number) => number): Tensor2D => {
    const data = new Float32Array(contextLength * headSize);
    for (let position = 0; position < contextLength; position++) {
      pairs.forEach(({ frequency }, i) => {
        data[position * headSize + i] = f(angle(position, frequency));
      });
    }
    return tf.keep(tf.tensor2d(data, [contextLength, headSize]));
  };
  const turn = new Float32Array(headSize * headSize);
  pairs.forEach(({ partner, sign }, i) => {
    turn[partner * headSize + i] = sign;
  });
  const scale = new Float32Array(rotatedWidth).fill(1);
  scale.fill(1 / Math.sqrt(headSize), 0, config.width);
  return {
    cos: table(Math.cos),
    sin: table(Math.sin),
    turn: tf.keep(tf.tensor2d(turn, [headSize, headSize])),
    scale: tf.keep(tf.tensor2d(scale, [1, rotatedWidth])),
  };
};

/** @param positions [N] int32. */
export const rotationAt = (tables: RotaryTables, positions: Tensor1D): Rotation => {
  const repeats = (tables.scale.shape[1] as number) / (tables.turn.shape[0] as number);
  const rows = (table: Tensor2D): Tensor2D =>
    tf.mul(tf.concat(Array<Tensor2D>(repeats).fill(tf.gather(table, positions)), 1), tables.scale);
  return { cos: rows(tables.cos), sin: rows(tables.sin), turn: tables.turn };
};

const turned = (x: Tensor2D, turn: Tensor2D): Tensor2D =>
  tf.reshape(tf.matMul(tf.reshape(x, [-1, turn.shape[0]]), turn) as Tensor2D, x.shape);

/** Queries and keys, turned: x · cos + (−b, a) · sin. Has no gradient of its own. @param x [N, rotated width] */
export const rotate = (x: Tensor2D, { cos, sin, turn }: Rotation): Tensor2D =>
  tf.add(tf.mul(x, cos), tf.mul(turned(x, turn), sin));

/** The gradient of `rotate` for x: `turn` transposed is −turn. @param dy [N, rotated width] */
export const rotateBack = (dy: Tensor2D, { cos, sin, turn }: Rotation): Tensor2D =>
  tf.sub(tf.mul(dy, cos), turned(tf.mul(dy, sin), turn));
