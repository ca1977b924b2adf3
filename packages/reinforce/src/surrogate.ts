import { InvalidArgumentError } from "@accord-rl/core";
import { checkSameShapes, checkShape, stopGradient } from "@accord-rl/math";
import {
  clippedSurrogate,
  importanceRatio,
  isClipped,
  policyGradientLoss,
  type SurrogateInputs,
  type SurrogateOptions,
} from "@accord-rl/policy-gradient";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";

/** What a ratio is taken of: each token, or the whole sequence. */
export type SurrogateLevel = "token" | "sequence";

export type MaskedSurrogateInputs = SurrogateInputs & {
  /** [B, T]. */
  readonly mask: Tensor2D;
};

/** A policy's loss per token; one of sequences repeats it at each token. */
export interface Surrogate<L extends SurrogateLevel = SurrogateLevel> {
  readonly level: L;
  /**
   * Its gradient is the sum of a response's tokens, not their mean: what stands per token beside it in the loss would
   * count less by the response's length.
   */
  readonly sumsTokens?: boolean;
  /** [B, T], unreduced, not masked. Gradient flows to: logProbs. */
  loss(inputs: MaskedSurrogateInputs): Tensor2D;
  /** [B, T] 1 where the loss gives no gradient. */
  clipped?(inputs: MaskedSurrogateInputs): Tensor2D;
}

/** −Â·log π: the plain policy gradient, exact for the first step of a batch only. */
export const plainGradient: Surrogate<"token"> = Object.freeze({ level: "token", loss: policyGradientLoss });

/**
 * PPO's clipped surrogate with a ratio per token, as GRPO has it. With `clipEpsilonHigh: 0.28` it is DAPO's clip-higher.
 *
 * @see Shao et al. 2024, eq. 3. https://arxiv.org/abs/2402.03300
 * @see Yu et al. 2025, §3.1. https://arxiv.org/abs/2503.14476
 */
export const tokenRatio = (options: SurrogateOptions = {}): Surrogate<"token"> => ({
  level: "token",
  loss: (inputs) => clippedSurrogate(inputs, options),
  clipped: (inputs) => isClipped(inputs, options),
});

/** Log-ratios of whole sequences as those of tokens, so that the surrogates for tokens apply. */
const ofSequences =
  (weigh: (mask: Tensor2D) => tf.Tensor) =>
  (inputs: MaskedSurrogateInputs): SurrogateInputs => {
    const { logProbs, oldLogProbs, advantages, mask } = inputs;
    checkShape("sequenceRatio", "logProbs", logProbs, ["B", "T"]);
    checkSameShapes("sequenceRatio", { logProbs, oldLogProbs, advantages, mask });
    const logRatios = tf.mul(tf.sub(logProbs, oldLogProbs), mask);
    const perSequence = tf.mul(tf.sum(logRatios, 1, true), weigh(mask)); // [B, 1]
    const zeros = tf.zerosLike(oldLogProbs);
    return { logProbs: tf.add(perSequence, zeros), oldLogProbs: zeros, advantages };
  };

const clippedOfSequences = (
  weigh: (mask: Tensor2D) => tf.Tensor,
  options: SurrogateOptions,
): Surrogate<"sequence"> => {
  const spread = ofSequences(weigh);
  return {
    level: "sequence",
    loss: (inputs) => tf.tidy(() => clippedSurrogate(spread(inputs), options)),
    clipped: (inputs) => tf.tidy(() => isClipped(spread(inputs), options)),
  };
};

/**
 * The clipped surrogate with the ratio of whole responses, ρ = exp(Σ_t Δlog π) = π(y)/π_old(y), as TRL's RLOO has it.
 *
 * @see Ahmadian et al. 2024. https://arxiv.org/abs/2402.14740
 */
export const sequenceRatio = (options: SurrogateOptions = {}): Surrogate<"sequence"> => ({
  ...clippedOfSequences((mask) => tf.onesLike(tf.sum(mask, 1, true)), options),
  sumsTokens: true,
});

/**
 * The clipped surrogate with GSPO's ratio of a response, s = exp(mean_t Δlog π): (π(y)/π_old(y))^(1/|y|).
 *
 * Such ratios stay much nearer to 1 than those of tokens: the paper clips at 3e-4 below and 4e-4 above, the defaults.
 *
 * @see Zheng et al. 2025, eqs. 5–7. https://arxiv.org/abs/2507.18071
 */
export const meanSequenceRatio = ({
  clipEpsilon = 3e-4,
  clipEpsilonHigh = 4e-4,
  ...options
}: SurrogateOptions = {}): Surrogate<"sequence"> =>
  clippedOfSequences((mask) => tf.div(1, tf.maximum(tf.sum(mask, 1, true), 1)), {
    clipEpsilon,
    clipEpsilonHigh,
    ...options,
  });

/**
 * −sg(min(ρ, c))·Â·log π: a truncated importance weight instead of a clip, so that every token keeps its gradient.
 *
 * @param options.largestRatio  c, above 1. The paper's upper bound 1 + ε_high, its lower one is not used there either.
 * @see MiniMax 2025, eqs. 4–5 (CISPO). https://arxiv.org/abs/2506.13585
 */
export const truncatedRatio = ({ largestRatio }: { readonly largestRatio: number }): Surrogate<"token"> => {
  if (!(largestRatio > 1)) {
    throw new InvalidArgumentError({
      argument: "largestRatio",
      value: largestRatio,
      message: `truncatedRatio: largestRatio is ${largestRatio}, expected a number above 1, such as 5`,
    });
  }
  return {
    level: "token",
    loss: ({ logProbs, oldLogProbs, advantages }) => {
      checkShape("truncatedRatio", "logProbs", logProbs, ["B", "T"]);
      checkSameShapes("truncatedRatio", { logProbs, oldLogProbs, advantages });
      return tf.tidy(() => {
        const weights = tf.minimum(importanceRatio({ logProbs, oldLogProbs }), largestRatio);
        return policyGradientLoss({
          logProbs,
          advantages: tf.mul(advantages, stopGradient(weights)) as Tensor2D,
        });
      });
    },
    clipped: (inputs) =>
      tf.tidy(() => tf.cast(tf.greater(importanceRatio(inputs), largestRatio), "float32") as Tensor2D),
  };
};
