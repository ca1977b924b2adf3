import type { Parameters } from "@accord-rl/core";
import type { Tensor, Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import type { TransformerConfig } from "./transformer-config.ts";

/** Rows of a table: math's `embedding` where a gradient flows, `tf.gather` elsewhere. */
export type LookUp = (table: Tensor2D, ids: Tensor1D) => Tensor;

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
  { config, parameters }: { readonly config: TransformerConfig; readonly parameters: Parameters },
  { ids, positions }: { readonly ids: Tensor; readonly positions: Tensor },
  lookUp: LookUp,
): Tensor2D => {
  const rowsOf = (name: string, places: Tensor) =>
    lookUp(parameters[name] as unknown as Tensor2D, tf.reshape(places, [-1]) as Tensor1D) as Tensor2D;
  const { embeddingScale = 1 } = config;
  const rows = rowsOf("embedding", ids);
  const scaled: Tensor2D = embeddingScale === 1 ? rows : tf.mul(rows, embeddingScale);
  return config.positions === "learned" ? tf.add(scaled, rowsOf("positions", positions)) : scaled;
};
