import type { Tensor, Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { checkShape } from "./check-shape.ts";
import { defineOp } from "./define-op.ts";

const embeddingOp = defineOp({
  name: "AccordEmbedding",
  savedInputs: ["weight", "ids"],
  savedOutputs: [false],
  forward: ({ weight, ids }) => [tf.gather(weight!, ids as tf.Tensor1D)],
  gradient: (dy, [weight, ids]) => ({
    // scatterND adds up the rows of an id that occurs twice.
    weight: () => tf.scatterND(tf.reshape(ids!, [-1, 1]), dy, weight!.shape as [number, number]),
  }),
});

/**
 * Rows of a table.
 *
 * Its gradient goes through scatterND, since that of tf.gather needs a kernel that WASM lacks.
 * Gradient flows to: weight.
 *
 * @param weight  [V, D].
 * @param ids     [...] int32, each in [0, V). Not checked: that would need a readback.
 * @returns [..., D].
 */
export const embedding = (weight: Tensor2D, ids: Tensor): Tensor => {
  checkShape("embedding", "weight", weight, ["V", "D"]);
  return tf.tidy(() =>
    tf.reshape(embeddingOp({ weight, ids: tf.reshape(ids, [-1]) }), [...ids.shape, weight.shape[1]]),
  );
};
