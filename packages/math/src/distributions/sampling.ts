import { createRandom, type Random } from "@accord-rl/core";
import type { Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";

/** Chosen tokens: [B] int32, and [B] float32 log-probabilities under the distribution that was sampled. */
export interface Choice {
  readonly tokens: Tensor1D;
  readonly logProbs: Tensor1D;
}

/** How a token is chosen. @param logits [B, V]. @param draws [B] uniform in (0, 1). */
export type Sampler = (logits: Tensor2D, draws: Tensor1D) => Choice;

/** x[b, index[b]] for each row b. */
const pick = (x: Tensor2D, index: Tensor1D): Tensor1D => {
  const [rows, columns] = x.shape;
  const starts = tf.range(0, rows * columns, columns, "int32");
  return tf.gather(tf.reshape(x, [-1]), tf.add(starts, index) as Tensor1D) as Tensor1D;
};

/** How many of each row's cumulative weights lie below the row's threshold. */
const countBelow = (cumulative: Tensor2D, thresholds: Tensor1D): Tensor1D => {
  const isBelow = tf.less(cumulative, tf.reshape(thresholds, [-1, 1]));
  return tf.cast(tf.sum(tf.cast(isBelow, "float32"), 1), "int32") as Tensor1D;
};

const lastColumn = (x: Tensor2D): Tensor1D => {
  const [rows, columns] = x.shape;
  return tf.reshape(tf.slice(x, [0, columns - 1], [rows, 1]), [rows]);
};

/**
 * The inverse of the cumulative distribution: the first index whose cumulative weight reaches the threshold. An index
 * without weight is never taken, since its cumulative weight is that of the index before.
 *
 * @param weights     [B, V]
 * @param thresholds  [B] above 0
 */
const invert = (weights: Tensor2D, thresholds: Tensor1D): Tensor1D => {
  const cumulative = tf.cumsum(weights, 1) as Tensor2D;
  return countBelow(cumulative, tf.minimum(thresholds, lastColumn(cumulative)) as Tensor1D);
};

/** Tokens that are searched together: a large vocabulary is searched in two steps, first for the block. */
const blockSize = 128;

/** `invert` at draw · total. Running sums over 250 blocks and one block of 128 cost less than over 32,000 tokens. */
const invertDraws = (weights: Tensor2D, draws: Tensor1D): Tensor1D => {
  const [rows, columns] = weights.shape;
  const blocks = Math.ceil(columns / blockSize);
  if (blocks <= 2) return invert(weights, tf.mul(draws, tf.sum(weights, 1)) as Tensor1D);
  const missing = blocks * blockSize - columns;
  const filled =
    missing === 0
      ? weights
      : tf.pad(weights, [
          [0, 0],
          [0, missing],
        ]);
  const byBlock = tf.reshape(filled, [rows * blocks, blockSize]) as Tensor2D;
  const cumulative = tf.cumsum(tf.reshape(tf.sum(byBlock, 1), [rows, blocks]), 1) as Tensor2D;
  const thresholds = tf.mul(draws, lastColumn(cumulative)) as Tensor1D;
  const block = countBelow(cumulative, thresholds);
  const before = pick(
    tf.pad(cumulative, [
      [0, 0],
      [1, 0],
    ]) as Tensor2D,
    block,
  );
  const chosen = tf.gather(byBlock, tf.add(tf.range(0, rows * blocks, blocks, "int32"), block) as Tensor1D);
  const within = invert(chosen as Tensor2D, tf.sub(thresholds, before) as Tensor1D);
  return tf.add(tf.mul(block, tf.scalar(blockSize, "int32")), within) as Tensor1D;
};

/** `sampleCategorical` of one row without tensors. @param draw uniform in (0, 1). */
export const sampleCategoricalOnHost = (
  logits: Float32Array,
  draw: number,
): { readonly index: number; readonly logProb: number } => {
  let largest = Number.NEGATIVE_INFINITY;
  for (const logit of logits) largest = Math.max(largest, logit);
  let total = 0;
  for (const logit of logits) total += Math.exp(logit - largest);
  const threshold = draw * total;
  let [index, cumulative] = [0, 0];
  for (; index + 1 < logits.length; index++) {
    cumulative += Math.exp(logits[index]! - largest);
    if (cumulative >= threshold) break;
  }
  return { index, logProb: logits[index]! - largest - Math.log(total) };
};

/** Samples the whole distribution. */
export const sampleCategorical: Sampler = (logits, draws) => {
  const probabilities = tf.softmax(logits) as Tensor2D;
  const index = invertDraws(probabilities, draws);
  return { tokens: index, logProbs: tf.log(pick(probabilities, index)) };
};

/** Takes the most likely token. The log-probability is that of the whole distribution. */
export const takeMostLikely: Sampler = (logits) => {
  const index = tf.argMax(logits, 1) as Tensor1D;
  return { tokens: index, logProbs: tf.log(pick(tf.softmax(logits), index)) };
};

/**
 * Samples among the k most likely tokens, or the fewest whose probability reaches p (of those k, where both are given).
 * The log-probability is that of the cut distribution, normalised.
 * @see Holtzman et al. 2019, The curious case of neural text degeneration. https://arxiv.org/abs/1904.09751
 */
export const sampleMostLikely =
  ({ topK, topP }: { topK?: number | undefined; topP?: number | undefined }): Sampler =>
  (logits, draws) => {
    const size = logits.shape[1];
    const { values, indices } = tf.topk(logits, Math.min(topK ?? size, size), true);
    const probabilities = tf.softmax(values) as Tensor2D;
    const before = tf.cumsum(probabilities, 1, true);
    const kept =
      topP === undefined ? probabilities : tf.mul(probabilities, tf.cast(tf.less(before, topP), "float32"));
    const index = invertDraws(kept as Tensor2D, draws);
    const chosen = tf.div(pick(kept as Tensor2D, index), tf.sum(kept, 1)) as Tensor1D;
    return { tokens: pick(indices as Tensor2D, index), logProbs: tf.log(chosen) };
  };

/**
 * One stream of uniforms per row, so that what a row draws does not depend on the other rows' lengths.
 * @returns a function that gives the next draw of each row, in (0, 1).
 */
export const rowDraws = (random: Random, rows: number): (() => Float32Array) => {
  // 32 bits of two draws.
  const seed = () => (Math.imul(random.integer(2 ** 21), 0x85ebca6b) ^ random.integer(2 ** 32)) >>> 0;
  const streams = Array.from({ length: rows }, () => createRandom(seed()));
  return () => Float32Array.from(streams, (stream) => stream.uniform() + 2 ** -33);
};
