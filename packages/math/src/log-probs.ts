import { InvalidArgumentError } from "@accord-rl/core";
import type { Tensor, Tensor1D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { checkShape } from "./check-shape.ts";
import { defineOp } from "./define-op.ts";

const lastSize = (where: string, logits: Tensor): number => {
  if (logits.rank < 1) checkShape(where, "logits", logits, ["...", "V"]);
  return logits.shape[logits.rank - 1] as number;
};

/**
 * exp(z − max z) and its row sums.
 *
 * log p is (z − max) − log Σ, in this order: at logits of 1e4, max + log Σ would round the second away.
 */
const exponentials = (logits: Tensor): { largest: Tensor; shifted: Tensor; powers: Tensor; sums: Tensor } => {
  const largest = tf.max(logits, 1, true); // [N, 1]
  const shifted = tf.sub(logits, largest); // [N, V]
  const powers = tf.exp(shifted); // [N, V]
  return { largest, shifted, powers, sums: tf.sum(powers, 1, true) }; // sums [N, 1]
};

/** Position of (row, id) in the flattened [N, V]. */
const flatIndices = (ids: Tensor, vocabularySize: number): Tensor1D => {
  const count = ids.size;
  return tf.add(ids, tf.range(0, count * vocabularySize, vocabularySize, "int32")) as Tensor1D;
};

const selectedOp = defineOp({
  name: "AccordSelectedLogProbs",
  savedInputs: ["ids"],
  savedOutputs: [true, true, true],
  // Passes over [N, V] are what costs: the powers are kept for the gradient in place of the logits.
  forward: ({ logits, ids }) => {
    const { largest, powers, sums } = exponentials(logits!);
    const chosen = tf.gather(tf.reshape(logits!, [-1]), flatIndices(ids!, logits!.shape[1]!)); // [N]
    const shifted = tf.sub(chosen, tf.reshape(largest, [-1]));
    return [tf.sub(shifted, tf.log(tf.reshape(sums, [-1]))), powers, sums];
  },
  gradient: (dy, [ids, selected, powers, sums]) => ({
    // dy · (onehot − softmax): only the N selected entries are set apart.
    logits: () => {
      const [count, size] = powers!.shape as [number, number];
      const others = tf.mul(powers!, tf.div(tf.neg(tf.reshape(dy, [count, 1])), sums!)); // [N, V]
      const chosen = tf.mul(dy, tf.neg(tf.expm1(selected!))); // [N]
      const indices = tf.reshape(flatIndices(ids!, size), [count, 1]);
      return tf.reshape(tf.tensorScatterUpdate(tf.reshape(others, [-1]), indices, chosen), [count, size]);
    },
  }),
});

/**
 * log softmax(logits)[id] at each position, stable at any logits.
 *
 * One op with its own gradient, dy·(onehot − softmax), which never makes a one-hot tensor.
 * Gradient flows to: logits.
 *
 * @param logits  [..., V] unnormalised log-probabilities.
 * @param ids     [...] int32, each in [0, V). Not checked: that would need a readback.
 * @returns [...] nats.
 */
export const selectedLogProbs = (logits: Tensor, ids: Tensor): Tensor => {
  const size = lastSize("selectedLogProbs", logits);
  checkShape(
    "selectedLogProbs",
    "ids",
    ids,
    logits.shape.slice(0, -1),
    "the shape of logits without its last",
  );
  if (ids.dtype !== "int32") {
    throw new InvalidArgumentError({
      argument: "ids",
      value: ids.dtype,
      message: `selectedLogProbs: ids are ${ids.dtype}, expected int32; cast them with tf.cast(ids, "int32")`,
    });
  }
  return tf.tidy(() => {
    const flat = selectedOp({ logits: tf.reshape(logits, [-1, size]), ids: tf.reshape(ids, [-1]) });
    return tf.reshape(flat, ids.shape);
  });
};

const logSoftmaxOp = defineOp({
  name: "AccordLogSoftmax",
  savedInputs: [],
  savedOutputs: [true],
  forward: ({ logits }) => {
    const { shifted, sums } = exponentials(logits!);
    return [tf.sub(shifted, tf.log(sums))];
  },
  gradient: (dy, [logProbs]) => ({
    logits: () => tf.sub(dy, tf.mul(tf.exp(logProbs!), tf.sum(dy, 1, true))),
  }),
});

/**
 * Log-probabilities over the last dimension, stable at any logits.
 *
 * Gradient flows to: logits.
 *
 * @param logits  [..., V].
 * @returns [..., V] nats.
 */
export const logSoftmax = <T extends Tensor>(logits: T): T => {
  const size = lastSize("logSoftmax", logits);
  return tf.tidy(
    () => tf.reshape(logSoftmaxOp({ logits: tf.reshape(logits, [-1, size]) }), logits.shape) as T,
  );
};

const entropyOp = defineOp({
  name: "AccordEntropy",
  savedInputs: ["logits"],
  savedOutputs: [false],
  forward: ({ logits }) => {
    // H = log Σ − Σ p·(z − max)
    const { shifted, powers, sums } = exponentials(logits!);
    const expected = tf.div(tf.sum(tf.mul(powers, shifted), 1, true), sums);
    return [tf.reshape(tf.sub(tf.log(sums), expected), [-1])];
  },
  gradient: (dy, [logits]) => ({
    // ∂H/∂zⱼ = −pⱼ·(log pⱼ + H) = pⱼ·(Σ p·(z − max) − (zⱼ − max)): the constants cancel.
    logits: () => {
      const { shifted, powers, sums } = exponentials(logits!);
      const expected = tf.div(tf.sum(tf.mul(powers, shifted), 1, true), sums); // [N, 1]
      const scale = tf.div(tf.reshape(dy, [-1, 1]), sums); // [N, 1]
      return tf.mul(tf.mul(powers, scale), tf.sub(expected, shifted));
    },
  }),
});

/**
 * H = −Σ p·log p of softmax(logits) over the last dimension.
 *
 * Gradient flows to: logits.
 *
 * @param logits  [..., V].
 * @returns [...] nats.
 */
export const entropy = (logits: Tensor): Tensor => {
  const size = lastSize("entropy", logits);
  return tf.tidy(() =>
    tf.reshape(entropyOp({ logits: tf.reshape(logits, [-1, size]) }), logits.shape.slice(0, -1)),
  );
};
