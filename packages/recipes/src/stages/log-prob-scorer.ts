import type { Compile, Decisions, ReferencePolicy, TextObservations, TextSample } from "@accord-rl/core";
import { compileTree, promptsAndResponses } from "@accord-rl/math";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";

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
    const prompts = samples.map(({ promptTokens }) => promptTokens);
    const responses = samples.map(({ responseTokens }) => responseTokens);
    const longest = Math.max(...prompts.map(({ length }) => length));
    const promptLength = Math.ceil(longest / roundedPrompt) * roundedPrompt;
    const { sums } = tf.tidy(() =>
      sumsOf(promptsAndResponses(prompts, responses, { promptLength, responseLength: maxNewTokens })),
    );
    const result = Array.from(await sums.data());
    sums.dispose();
    return result;
  };
};
