import type { Compile, Decisions, ReferencePolicy, TextObservations, TextSample } from "@accord-rl/core";
import { compileTree, promptsAndResponses } from "@accord-rl/math";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";

/** Responses in one forward pass: their logits over the vocabulary are what bounds the memory. */
const rowsAtOnce = 20;
/** Prompts are padded to a multiple of this many tokens: a compiled call is recorded once per shape. */
const roundedPrompt = 8;

/** log π(response | prompt) of each sample, nats. */
export type LogProbScorer = (samples: readonly TextSample[]) => Promise<number[]>;

/** @param maxNewTokens  the most tokens that a response has. */
export const createLogProbScorer = (
  policy: ReferencePolicy<TextObservations>,
  { maxNewTokens, compile }: { readonly maxNewTokens: number; readonly compile: Compile },
): LogProbScorer => {
  const sumsOf = compileTree(
    ({ mask, ...decisions }: Decisions<TextObservations> & { readonly mask: Tensor2D }) =>
      tf.tidy(() => ({ sums: tf.sum(tf.mul(policy.evaluate(decisions).logProbs, mask), 1) })), // [B]
    compile,
    "evaluation.logProbs",
  );
  return async (samples) => {
    const result: number[] = [];
    for (let start = 0; start < samples.length; start += rowsAtOnce) {
      const some = samples.slice(start, start + rowsAtOnce);
      const prompts = some.map(({ promptTokens }) => promptTokens);
      const longest = Math.max(...prompts.map(({ length }) => length));
      const layout = {
        promptLength: Math.ceil(longest / roundedPrompt) * roundedPrompt,
        responseLength: maxNewTokens,
      };
      const { sums } = tf.tidy(() =>
        sumsOf(
          promptsAndResponses(
            prompts,
            some.map(({ responseTokens }) => responseTokens),
            layout,
          ),
        ),
      );
      result.push(...(await sums.data()));
      sums.dispose();
    }
    return result;
  };
};
