import { createRandom } from "@accord-rl/core";
import { padSequences } from "@accord-rl/math";
import * as tf from "@tensorflow/tfjs-core";
import type { TransformerConfig } from "./config/transformer-config.ts";
import { createTransformer, type Transformer } from "./transformer/transformer.ts";
import { randomWeights } from "./weights/transformer-parameters.ts";

/** A configuration for tests: 13 tokens, 4 query heads on 2 key heads. */
export const tinyConfig: TransformerConfig = {
  vocabularySize: 13,
  width: 16,
  hiddenWidth: 12,
  layers: 2,
  heads: 4,
  keyValueHeads: 2,
  contextLength: 24,
  ropeTheta: 10000,
  ropeLayout: "interleaved",
  normEpsilon: 1e-5,
  tiedOutput: true,
};

/** A random model for tests whose weights are large enough that its distributions are far from uniform. */
export const tinyTransformer = ({
  seed = 1,
  gain = 20,
  ...config
}: Partial<TransformerConfig> & { seed?: number; gain?: number } = {}): Transformer => {
  const whole = { ...tinyConfig, ...config };
  const weights = Object.entries(randomWeights(whole, createRandom(seed))).map(([name, weight]) => {
    const data = Float32Array.from(weight.data, (value) =>
      weight.shape.length === 1 ? value : gain * value,
    );
    return [name, { ...weight, data }] as const;
  });
  return createTransformer(whole, Object.fromEntries(weights));
};

/** Prompts of different lengths over 13 tokens. */
export const raggedPrompts = [[5, 1, 7], [2, 9, 4, 11, 3], [8]];

/** What a policy evaluates: prompts padded on the left, by `padding` more than they need, responses on the right. */
export const textBatch = (
  prompts: readonly ArrayLike<number>[],
  responses: readonly ArrayLike<number>[],
  padding = 0,
) => {
  const longest = Math.max(...prompts.map((prompt) => prompt.length));
  const left = padSequences(prompts, { side: "left", length: longest + padding });
  const right = padSequences(responses, { side: "right" });
  return {
    observations: {
      tokenIds: tf.concat([left.tokenIds, right.tokenIds], 1),
      tokenMask: tf.concat([left.tokenMask, right.tokenMask], 1),
    },
    actions: right.tokenIds,
    responseMask: right.tokenMask,
  };
};
