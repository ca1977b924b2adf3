import type { Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { fullAttention, type LayerKind } from "../config/layer-kinds.ts";
import { scaledFrequencies } from "../config/rope-scaling.ts";
import { headSizes, type TransformerConfig } from "../config/transformer-config.ts";

/** Constant tensors of a rotary embedding. */
export interface RotaryTables {
  /** What turns: nothing where positions are learned. */
  readonly turning: TurningTables | undefined;
  /** [1, rotated width] what scores are multiplied by over the queries, 1 over the keys: scales them at no cost. */
  readonly scale: Tensor2D;
}

interface TurningTables {
  /** [contextLength, head size] */
  readonly cos: Tensor2D;
  /** [contextLength, head size] */
  readonly sin: Tensor2D;
  /** [head size, head size] x · turn moves each pair (a, b) to (−b, a). */
  readonly turn: Tensor2D;
}

/** What turns the queries and keys of N tokens; without `turning` they are only scaled. */
export interface Rotation {
  /** [N, rotated width], or [1, rotated width] */
  readonly cos: Tensor2D;
  readonly turning: { readonly sin: Tensor2D; readonly turn: Tensor2D } | undefined;
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

const turningTables = (config: TransformerConfig, { ropeTheta, scaling }: LayerKind): TurningTables => {
  const { contextLength } = config;
  const { headSize } = headSizes(config);
  const pairs = pairing(config, headSize);
  const scaled = scaledFrequencies({ headSize, ropeTheta }, scaling);
  const frequencies = pairs.map(({ frequency }) => scaled[frequency] as number);
  const size = scaling?.kind === "yarn" ? scaling.attentionFactor : 1;
  const table = (f: (angle: number) => number): Tensor2D => {
    const data = new Float32Array(contextLength * headSize);
    for (let position = 0; position < contextLength; position++) {
      frequencies.forEach((frequency, i) => {
        data[position * headSize + i] = size * f(position * frequency);
      });
    }
    return tf.keep(tf.tensor2d(data, [contextLength, headSize]));
  };
  const turn = new Float32Array(headSize * headSize);
  pairs.forEach(({ partner, sign }, i) => {
    turn[partner * headSize + i] = sign;
  });
  return {
    cos: table(Math.cos),
    sin: table(Math.sin),
    turn: tf.keep(tf.tensor2d(turn, [headSize, headSize])),
  };
};

/**
 * The angles θ(p, i) = p · base^(−2i / size) of both layouts, and the permutation that turns a pair.
 * @see Su et al. 2021, RoFormer. https://arxiv.org/abs/2104.09864
 */
export const createRotaryTables = (config: TransformerConfig, kind = fullAttention(config)): RotaryTables => {
  const { headSize, queryWidth, rotatedWidth } = headSizes(config);
  const scale = new Float32Array(rotatedWidth).fill(1);
  scale.fill(config.scoreScale ?? 1 / Math.sqrt(headSize), 0, queryWidth);
  return {
    turning: config.positions === "learned" ? undefined : turningTables(config, kind),
    scale: tf.keep(tf.tensor2d(scale, [1, rotatedWidth])),
  };
};

/** Shares the memory of the constants, so that each model can free its own. */
export const cloneRotaryTables = ({ turning, scale }: RotaryTables): RotaryTables => {
  const share = (x: Tensor2D): Tensor2D => tf.keep(tf.clone(x));
  return {
    turning: turning && { cos: share(turning.cos), sin: share(turning.sin), turn: share(turning.turn) },
    scale: share(scale),
  };
};

/** @param positions [N] int32. */
export const rotationAt = ({ turning, scale }: RotaryTables, positions: Tensor1D): Rotation => {
  if (turning === undefined) return { cos: scale, turning };
  const repeats = (scale.shape[1] as number) / (turning.turn.shape[0] as number);
  const rows = (table: Tensor2D): Tensor2D =>
    tf.mul(tf.concat(Array<Tensor2D>(repeats).fill(tf.gather(table, positions)), 1), scale);
  return { cos: rows(turning.cos), turning: { sin: rows(turning.sin), turn: turning.turn } };
};

/** A rotation's tensors, for a gradient that keeps them. */
export const rotationTensors = ({ cos, turning }: Rotation): readonly Tensor2D[] =>
  turning ? [cos, turning.sin, turning.turn] : [cos];

/** The inverse of `rotationTensors`. */
export const rotationOf = ([cos, sin, turn]: readonly Tensor2D[]): Rotation => ({
  cos: cos as Tensor2D,
  turning: sin && turn && { sin, turn },
});

const turned = (x: Tensor2D, turn: Tensor2D): Tensor2D =>
  tf.reshape(tf.matMul(tf.reshape(x, [-1, turn.shape[0]]), turn) as Tensor2D, x.shape);

/** Queries and keys, turned: x · cos + (−b, a) · sin. Has no gradient of its own. @param x [N, rotated width] */
export const rotate = (x: Tensor2D, { cos, turning }: Rotation): Tensor2D => {
  const along = tf.mul(x, cos) as Tensor2D;
  return turning ? tf.add(along, tf.mul(turned(x, turning.turn), turning.sin)) : along;
};

/** The gradient of `rotate` for x: `turn` transposed is −turn. @param dy [N, rotated width] */
export const rotateBack = (dy: Tensor2D, { cos, turning }: Rotation): Tensor2D => {
  const along = tf.mul(dy, cos) as Tensor2D;
  return turning ? tf.sub(along, turned(tf.mul(dy, turning.sin), turning.turn)) : along;
};
