import type { Tensor2D, Tensor3D, Tensor4D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { headSizes, type TransformerConfig } from "../config/transformer-config.ts";
import { customOp } from "./custom-op.ts";
import { type Rotation, rotate, rotateBack, rotationOf, rotationTensors } from "./rotary.ts";
import { splitParts } from "./split-parts.ts";

/** Added to the score of a pair that must not attend: its probability is exactly 0. */
export const blocked = -1e9;

/** Queries [B · KV, G · L, size], keys and values [B · KV, L, size]; G = H / KV queries share a key. */
export interface Heads {
  readonly queries: Tensor3D;
  readonly keys: Tensor3D;
  readonly values: Tensor3D;
}

/** 1 where a key stands before the window of a query, whose last token is the query's own. */
export const isBefore = (keys: tf.Tensor, queries: tf.Tensor, window: number): tf.Tensor =>
  tf.cast(tf.greaterEqual(tf.sub(queries, keys), window), "float32");

/**
 * What is added to the scores: a token sees itself and the real tokens before it, of the last `window` if there is one.
 *
 * @param tokenMask  [B, L] 1 = a real token
 * @returns [B · KV, G · L, L]
 */
export const attentionBias = (
  config: TransformerConfig,
  tokenMask: Tensor2D,
  window?: number | undefined,
): Tensor3D =>
  tf.tidy(() => {
    const [batch, length] = tokenMask.shape;
    const { keyValueHeads, heads } = config;
    const { groupSize } = headSizes(config);
    const steps = tf.range(0, length);
    const [keys, queries] = [tf.reshape(steps, [1, length]), tf.reshape(steps, [length, 1])];
    const isLater = tf.cast(tf.greater(keys, queries), "float32"); // [L, L]
    const isAway = window === undefined ? isLater : tf.maximum(isLater, isBefore(keys, queries, window));
    const isPadding = tf.reshape(tf.sub(1, tokenMask), [batch, 1, 1, length]);
    const isOther = tf.cast(tf.notEqual(keys, queries), "float32"); // padding sees itself, so that no row is empty
    const isHidden = tf.maximum(isAway, tf.mul(isPadding, isOther)); // [B, 1, L, L]
    const shared = tf.mul(isHidden, blocked);
    // Joining copies is faster than tf.tile on every backend.
    const bias = tf.concat(Array<tf.Tensor>(heads).fill(shared), 1); // [B, H, L, L]
    return tf.reshape(bias, [batch * keyValueHeads, groupSize * length, length]);
  });

const toHeads = (x: Tensor2D, batch: number, count: number): Tensor4D => {
  const [rows, width] = x.shape;
  const shape: [number, number, number, number] = [batch, rows / batch, count, width / count];
  // With one token per text the order of the axes is no matter: nothing moves.
  return shape[1] === 1
    ? tf.reshape(x, [batch, count, 1, shape[3]])
    : tf.transpose(tf.reshape(x, shape), [0, 2, 1, 3]);
}; // [B, count, L, size]

const fromHeads = (x: Tensor4D): Tensor2D => {
  const [batch, count, length, size] = x.shape;
  const ordered = length === 1 ? x : tf.transpose(x, [0, 2, 1, 3]);
  return tf.reshape(ordered, [batch * length, count * size]);
}; // [B · L, count · size]

/** Turns queries and keys, and sorts the columns by head. @param projected [B · L, rotated width + value width] */
export const splitHeads = (
  config: TransformerConfig,
  projected: Tensor2D,
  rotation: Rotation,
  batch: number,
): Heads => {
  const { heads, keyValueHeads } = config;
  const { headSize, rotatedWidth, valueWidth } = headSizes(config);
  const [rotating, still] = splitParts(projected, [rotatedWidth, valueWidth], 1) as [Tensor2D, Tensor2D];
  const rotated = toHeads(rotate(rotating, rotation), batch, heads + keyValueHeads);
  const [queries, keys] = splitParts(rotated, [heads, keyValueHeads], 1) as [Tensor4D, Tensor4D];
  const flat = (x: Tensor4D) => tf.reshape(x, [batch * keyValueHeads, -1, headSize]) as Tensor3D;
  return { queries: flat(queries), keys: flat(keys), values: flat(toHeads(still, batch, keyValueHeads)) };
};

/** The inverse of `splitHeads`, for gradients. @returns [B · L, rotated width + value width] */
const joinHeads = (config: TransformerConfig, parts: Heads, rotation: Rotation, batch: number): Tensor2D => {
  const { heads, keyValueHeads } = config;
  const { headSize } = headSizes(config);
  const unflat = (x: Tensor3D, count: number) => tf.reshape(x, [batch, count, -1, headSize]) as Tensor4D;
  const rotated = tf.concat([unflat(parts.queries, heads), unflat(parts.keys, keyValueHeads)], 1);
  const still = fromHeads(unflat(parts.values, keyValueHeads));
  return tf.concat([rotateBack(fromHeads(rotated), rotation), still], 1);
};

/** @param bias what is added to the scores; none where every key is visible. @returns [B · KV, G · L, keys] */
export const attentionProbabilities = ({ queries, keys }: Heads, bias?: Tensor3D): Tensor3D => {
  const scores = tf.matMul(queries, keys, false, true);
  return tf.softmax(bias ? tf.add(scores, bias) : scores) as Tensor3D;
};

/** @returns [B · L, H · size] */
export const attentionContext = (
  config: TransformerConfig,
  probabilities: Tensor3D,
  values: Tensor3D,
  batch: number,
): Tensor2D => {
  const { headSize } = headSizes(config);
  const context = tf.matMul(probabilities, values); // [B · KV, G · L, size]
  return fromHeads(tf.reshape(context, [batch, config.heads, -1, headSize]) as Tensor4D);
};

/**
 * Grouped-query attention with rotary embeddings, with a gradient of its own that keeps only what it needs.
 *
 *   y = softmax(R(q) · R(k)ᵀ / √size + bias) · v
 *
 * Gradient flows to: projected.
 *
 * @param projected  [B · L, (H + 2 KV) · size] queries, keys and values side by side
 * @param bias       [B · KV, G · L, L]
 * @returns [B · L, H · size]
 * @see Ainslie et al. 2023, GQA. https://arxiv.org/abs/2305.13245
 */
export const attention = (
  config: TransformerConfig,
  projected: Tensor2D,
  { rotation, bias, batch }: { rotation: Rotation; bias: Tensor3D; batch: number },
): Tensor2D =>
  customOp([projected], {
    forward: (save) => {
      const { queries, keys, values } = splitHeads(config, projected, rotation, batch);
      const probabilities = attentionProbabilities({ queries, keys, values }, bias);
      const context = attentionContext(config, probabilities, values, batch);
      save(queries, keys, values, probabilities, context, ...rotationTensors(rotation));
      return context;
    },
    backward: (dy, saved) => {
      const [queries, keys, values, probabilities] = saved as [Tensor3D, Tensor3D, Tensor3D, Tensor3D];
      const [context, ...turning] = saved.slice(4) as [Tensor2D, ...Tensor2D[]];
      const grouped = (x: Tensor2D) => tf.reshape(toHeads(x, batch, config.heads), queries.shape) as Tensor3D;
      const dContext = grouped(dy as Tensor2D); // [B · KV, G · L, size]
      const dProbabilities = tf.matMul(dContext, values, false, true);
      // Σ_j p_j · dp_j = y · dy, which is smaller by L / size
      const projection = tf.sum(grouped(tf.mul(dy, context) as Tensor2D), 2, true);
      const dScores = tf.mul(probabilities, tf.sub(dProbabilities, projection)) as Tensor3D;
      const parts = {
        queries: tf.matMul<Tensor3D>(dScores, keys),
        keys: tf.matMul<Tensor3D>(dScores, queries, true),
        values: tf.matMul<Tensor3D>(probabilities, dContext, true),
      };
      return [joinHeads(config, parts, rotationOf(turning), batch)];
    },
  });
