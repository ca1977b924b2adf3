import type { Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { headSizes, type TransformerConfig } from "../config/transformer-config.ts";
import { customOp } from "./custom-op.ts";
import { inverseRms, rmsNormGradients } from "./rms-norm.ts";
import { splitParts } from "./split-parts.ts";

/**
 * Root mean square normalisation of each head of the queries and the keys; values pass.
 *
 * Gradient flows to: projected and both weights.
 *
 * @param projected  [N, (H + 2 KV) · size] queries, keys and values side by side
 * @param queryNorm  [size]
 * @param keyNorm    [size]
 * @returns like projected
 * @see Henry et al. 2020, Query-key normalization for transformers. https://arxiv.org/abs/2010.04245
 */
export const normaliseHeads = (
  config: TransformerConfig,
  projected: Tensor2D,
  { queryNorm, keyNorm }: { readonly queryNorm: Tensor1D; readonly keyNorm: Tensor1D },
): Tensor2D => {
  const { headSize, queryWidth, rotatedWidth, valueWidth } = headSizes(config);
  const widths = [queryWidth, rotatedWidth - queryWidth, valueWidth];
  const weights = [queryNorm, keyNorm];
  const split = (x: Tensor2D) => splitParts(x, widths, 1) as [Tensor2D, Tensor2D, Tensor2D];
  const byHead = (x: Tensor2D) => tf.reshape(x, [-1, headSize]) as Tensor2D; // [N · heads, size]
  const sideBySide = (parts: Tensor2D[], values: Tensor2D) =>
    tf.concat([...parts.map((part, i) => tf.reshape(part, [-1, widths[i] as number])), values], 1);
  return customOp([projected, queryNorm, keyNorm], {
    forward: (save) => {
      const [queries, keys, values] = split(projected);
      const heads = [byHead(queries), byHead(keys)];
      const inverses = heads.map((x) => inverseRms(x, config.normEpsilon));
      save(...heads, ...inverses, ...weights);
      const normal = heads.map((x, i) => tf.mul(tf.mul(x, inverses[i] as Tensor2D), weights[i] as Tensor1D));
      return sideBySide(normal as Tensor2D[], values);
    },
    backward: (dy, saved) => {
      const [dQueries, dKeys, dValues] = split(dy as Tensor2D);
      const gradients = [dQueries, dKeys].map((dPart, i) =>
        rmsNormGradients(byHead(dPart), {
          x: saved[i] as Tensor2D,
          r: saved[i + 2] as Tensor2D,
          weight: saved[i + 4] as Tensor1D,
        }),
      );
      const dProjected = sideBySide(
        gradients.map(({ x }) => x),
        dValues,
      );
      return [dProjected, ...gradients.map(({ rows }) => tf.sum(rows, 0))];
    },
  });
};
