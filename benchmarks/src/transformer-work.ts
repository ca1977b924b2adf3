import type { TransformerConfig } from "@accord-rl/language-model";
import { sumWork, type Work } from "./roofline.ts";

const floatBytes = 4;

/** Weights of the layers: W_qkv, W_o, W_gate, W_up and W_down. */
const layerWeights = ({ width, hiddenWidth, heads, keyValueHeads, layers }: TransformerConfig): number =>
  layers * (width * width * (2 + (2 * keyValueHeads) / heads) + 3 * width * hiddenWidth);

const outputWeights = ({ width, vocabularySize }: TransformerConfig): number => width * vocabularySize;

/** Trained numbers; the norms are too few to matter. */
export const parameterCount = (config: TransformerConfig): number =>
  layerWeights(config) + outputWeights(config) * (config.tiedOutput ? 1 : 2);

/** Numbers that the layers write for one token: norms, queries, keys and values, context, both products, gates, sums. */
const writtenPerToken = ({ width, hiddenWidth, layers }: TransformerConfig): number =>
  layers * (10 * width + 3 * hiddenWidth);

export interface Pass {
  readonly batch: number;
  /** Tokens read by the layers. */
  readonly length: number;
  /** Positions whose logits are computed. */
  readonly outputs: number;
}

/** Reading whole texts: 2 operations for each weight and token, and 4·D for each pair of tokens, half of them masked. */
export const forwardWork = (config: TransformerConfig, { batch, length, outputs }: Pass): Work => {
  const { width, layers, heads, vocabularySize } = config;
  const tokens = batch * length;
  const pairs = (batch * length * (length + 1)) / 2;
  const weights = layerWeights(config) + (outputs > 0 ? outputWeights(config) : 0);
  const written =
    tokens * writtenPerToken(config) + layers * heads * batch * length * length + outputs * vocabularySize;
  return {
    flops:
      2 * tokens * layerWeights(config) + 4 * width * layers * pairs + 2 * outputs * outputWeights(config),
    bytes: floatBytes * (weights + 2 * written),
  };
};

/** Forward and backward: the gradients of weights and of inputs each cost a forward pass more. */
export const gradientWork = (config: TransformerConfig, pass: Pass): Work => {
  const { flops, bytes } = forwardWork(config, pass);
  return { flops: 3 * flops, bytes: 3 * bytes };
};

/** Adam reads weight, gradient and two moments, and writes all but the gradient. */
export const adamWork = (parameters: number): Work => ({
  flops: 12 * parameters,
  bytes: 7 * floatBytes * parameters,
});

/** Writing `newTokens` tokens after a prompt: every step reads all weights, and the keys and values so far. */
export const generationWork = (
  config: TransformerConfig,
  { batch, promptLength, newTokens }: { batch: number; promptLength: number; newTokens: number },
): Work => {
  const { width, layers, heads, keyValueHeads } = config;
  const steps = newTokens - 1;
  const cached = promptLength * steps + (steps * (steps + 1)) / 2;
  const weights = layerWeights(config) + outputWeights(config);
  const decoding: Work = {
    flops: 2 * batch * steps * weights + 4 * width * layers * batch * cached,
    bytes:
      floatBytes *
      (steps * weights +
        ((2 * width * keyValueHeads) / heads) * layers * batch * cached +
        2 * batch * steps * (writtenPerToken(config) + config.vocabularySize)),
  };
  return sumWork(forwardWork(config, { batch, length: promptLength, outputs: batch }), decoding);
};
