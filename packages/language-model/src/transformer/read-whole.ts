import { checkShape, embedding } from "@accord-rl/math";
import type { Tensor1D, Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { reject } from "../check.ts";
import { mapKinds, ofLayer } from "../config/layer-kinds.ts";
import { attention, attentionBias } from "../layers/attention.ts";
import { embedTokens } from "../layers/embed-tokens.ts";
import { rotationAt } from "../layers/rotary.ts";
import { type DecoderParts, positionsOf } from "./decoder.ts";
import { type Attend, multiplyLinear, runTrunk, type Through } from "./trunk.ts";

/** @throws InvalidArgumentError when the texts are longer than the model can read. */
export const checkLength = (where: string, tokenIds: Tensor2D, contextLength: number): void => {
  if (tokenIds.shape[1] <= contextLength) return;
  const message = `texts of ${tokenIds.shape[1]} tokens, expected at most contextLength = ${contextLength}; shorten prompts or responses`;
  reject(where, "tokenIds", tokenIds.shape, message);
};

/** Attention among the tokens of whole texts. */
export const attendWithin = ({ config, tables }: DecoderParts, tokenMask: Tensor2D): Attend => {
  const [batch] = tokenMask.shape;
  const positions = tf.reshape(positionsOf(tokenMask), [-1]) as Tensor1D;
  const views = mapKinds(tables, ({ rotary, window }) => ({
    rotation: rotationAt(rotary, positions),
    bias: attentionBias(config, tokenMask, window),
    batch,
  }));
  return (projected, index) => attention(config, projected, ofLayer(views, config, index));
};

/**
 * Reads whole texts, with gradient.
 *
 * @param tokenIds   [B, L] int32
 * @param tokenMask  [B, L] float32
 * @param through    how a layer is run, given the mask
 * @returns [B, L, D]
 */
export const readWhole = (
  parts: DecoderParts,
  tokenIds: Tensor2D,
  tokenMask: Tensor2D,
  through?: (tokenMask: Tensor2D) => Through,
): Tensor3D => {
  const { config, parameters } = parts;
  checkLength("Transformer.hidden", tokenIds, config.contextLength);
  checkShape("Transformer.hidden", "tokenMask", tokenMask, tokenIds.shape, "same as tokenIds");
  return tf.tidy(() => {
    const [batch, length] = tokenIds.shape;
    const positions = tf.reshape(positionsOf(tokenMask), [-1]) as Tensor1D;
    const embedded = embedTokens(parts, { ids: tokenIds, positions }, embedding);
    const all = runTrunk(config, parameters, embedded, {
      attend: attendWithin(parts, tokenMask),
      project: parts.projections(multiplyLinear),
      ...(through && { through: through(tokenMask) }),
    });
    return tf.reshape(all, [batch, length, config.width]);
  });
};
