import { InvalidArgumentError } from "@accord-rl/core";
import type { Tensor, Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { checkShape } from "./check-shape.ts";
import { defineOp } from "./define-op.ts";

const lastSize = (where: string, logits: Tensor): number => {
  if (logits.rank < 1) checkShape(where, "logits", logits, ["...", "V"]);
  return logits.shape[logits.rank - 1] as number;
};

/** [N, V] to [N, 1], without overflow. */
const logSumExp = (logits: Tensor): Tensor => {
  const max = tf.max(logits, 1, true);
  return tf.add(tf.log(tf.sum(tf.exp(tf.sub(logits, max)), 1, true)), max);
};

/** Position of (row, id) in the flattened [N, V]. */
const flatIndices = (ids: Tensor, vocabularySize: number): Tensor1D => {
  const count = ids.size;
  return tf.add(ids, tf.range(0, count * vocabularySize, vocabularySize, "int32")) as Tensor1D;
};

const selectedOp = defineOp({
  name: "AccordSelectedLogProbs",
  savedInputs: ["logits", "ids"],
  savedOutputs: [true, true],
  forward: ({ logits, ids }) => {
    const normalizer = logSumExp(logits!); // [N, 1]
    const selected = tf.gather(tf.reshape(logits!, [-1]), flatIndices(ids!, logits!.shape[1]!)); // [N]
    return [tf.sub(selected, tf.reshape(normalizer, [-1])), normalizer];
  },
  gradient: (dy, [logits, ids, selected, normalizer]) => ({
    // dy · (onehot − softmax): one pass over [N, V], then the N selected entries are overwritten.
    logits: () => {
      const [count, size] = logits!.shape as [number, number];
      const others = tf.mul(tf.exp(tf.sub(logits!, normalizer!)), tf.neg(tf.reshape(dy, [count, 1]))); // [N, V]
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

/** Log-probabilities of the last dimension; gradient flows to: logits. */
export const logSoftmax = <T extends Tensor>(logits: T): T => {
  const size = lastSize("logSoftmax", logits);
  return tf.tidy(
    () => tf.reshape(tf.logSoftmax(tf.reshape(logits, [-1, size]) as Tensor2D), logits.shape) as T,
  );
};

const entropyOp = defineOp({
  name: "AccordEntropy",
  savedInputs: ["logits"],
  savedOutputs: [true, true],
  forward: ({ logits }) => {
    const normalizer = logSumExp(logits!); // [N, 1]
    const logProbs = tf.sub(logits!, normalizer);
    return [tf.neg(tf.sum(tf.mul(tf.exp(logProbs), logProbs), 1)), normalizer];
  },
  gradient: (dy, [logits, entropies, normalizer]) => ({
    // ∂H/∂zⱼ = −pⱼ·(log pⱼ + H)
    logits: () => {
      const column = [logits!.shape[0]!, 1];
      const logProbs = tf.sub(logits!, normalizer!);
      const slope = tf.mul(tf.exp(logProbs), tf.add(logProbs, tf.reshape(entropies!, column)));
      return tf.mul(slope, tf.neg(tf.reshape(dy, column)));
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
