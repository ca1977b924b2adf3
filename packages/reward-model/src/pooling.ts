import { checkShape } from "@accord-rl/math";
import type { Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";

/**
 * Turns the vectors of a text's tokens into one.
 *
 * @param hidden     [B, L, D]. Gradient flows to it.
 * @param tokenMask  [B, L] float32, 1 = a real token.
 * @returns [B, D].
 */
export type Pooling = (hidden: Tensor3D, tokenMask: Tensor2D) => Tensor2D;

const pool = (where: string, weigh: (tokenMask: Tensor2D) => tf.Tensor): Pooling => {
  return (hidden, tokenMask) => {
    checkShape(where, "hidden", hidden, ["B", "L", "D"]);
    checkShape(where, "tokenMask", tokenMask, hidden.shape.slice(0, 2), "the first two dimensions of hidden");
    return tf.tidy(() => {
      const weights = tf.expandDims(weigh(tokenMask), 2); // [B, L, 1]
      return tf.sum(tf.mul(hidden, weights), 1) as Tensor2D; // [B, D]
    });
  };
};

/** The vector of the last real token, on whichever side the padding is. A text without tokens gives zeros. */
export const lastToken: Pooling = pool("lastToken", (tokenMask) => {
  const after = tf.cumsum(tokenMask, 1, true, true); // [B, L] real tokens that follow
  return tf.mul(tokenMask, tf.cast(tf.equal(after, 0), "float32"));
});

/** The mean over the real tokens. A text without tokens gives zeros. */
export const meanPool: Pooling = pool("meanPool", (tokenMask) => {
  const counts = tf.sum(tokenMask, 1, true); // [B, 1]
  return tf.div(tokenMask, tf.maximum(counts, 1));
});
