import type { Tensor, Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import type { TransformerConfig } from "../config/transformer-config.ts";
import type { LookUp, Weights } from "../weights/weight.ts";

/** tf.gather, on the memory of a variable. */
export const gatherRows: LookUp = (table, ids) => tf.gather(table, ids);

/**
 * What the first layer reads: embedded tokens, scaled where the model scales them, and their positions where it has
 * learned those.
 *
 * @param ids        [...] int32
 * @param positions  [...] int32, of the same size
 * @returns [N, D]
 */
export const embedTokens = (
  { config, weights }: { readonly config: TransformerConfig; readonly weights: Weights },
  { ids, positions }: { readonly ids: Tensor; readonly positions: Tensor },
  lookUp: LookUp,
): Tensor2D => {
  const rowsOf = (name: string, places: Tensor) =>
    weights(name).rows(tf.reshape(places, [-1]) as Tensor1D, lookUp);
  const { embeddingScale = 1 } = config;
  const rows = rowsOf("embedding", ids);
  const scaled: Tensor2D = embeddingScale === 1 ? rows : tf.mul(rows, embeddingScale);
  return config.positions === "learned" ? tf.add(scaled, rowsOf("positions", positions)) : scaled;
};
