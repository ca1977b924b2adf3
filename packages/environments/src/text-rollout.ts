import type { Generation, GroupedRollout, TextObservations, TokenSequence } from "@accord-rl/core";
import { InvalidArgumentError } from "@accord-rl/core";
import { promptsAndResponses } from "@accord-rl/math";
import * as tf from "@tensorflow/tfjs-core";

export interface TextRolloutInputs {
  /** B prompts, one per response. */
  readonly prompts: readonly TokenSequence[];
  readonly generation: Generation;
  /** B × length: the reward after each token. */
  readonly rewards: readonly ArrayLike<number>[];
  /** B: false = the sample takes no part in learning; default all true. */
  readonly takesPart?: readonly boolean[];
  /** B: same prompt, same number; default 0, 1, 2, … */
  readonly groups?: ArrayLike<number>;
  /** P; default: the longest prompt. Prompts are padded on the left. */
  readonly promptLength?: number;
  /** T; default: the longest response. Responses are padded on the right. */
  readonly responseLength?: number;
}

const check = (isFine: boolean, argument: string, value: unknown, message: string): void => {
  if (!isFine) throw new InvalidArgumentError({ argument, value, message: `textRollout: ${message}` });
};

const checkInputs = ({ prompts, generation, rewards }: TextRolloutInputs, P: number, T: number): void => {
  const { responses, logProbs } = generation;
  check(
    generation.isFullDistribution,
    "generation",
    generation,
    "the responses were sampled greedily, or with top-k or top-p, so their log-probs are not the policy's. Sample without these for learning",
  );
  check(prompts.length > 0, "prompts", prompts, "got no prompts, expected at least one");
  check(
    responses.length === prompts.length,
    "generation",
    generation,
    `got ${responses.length} responses to ${prompts.length} prompts, expected one each`,
  );
  prompts.forEach((prompt, i) => {
    const length = responses[i]!.length;
    check(
      prompt.length >= 1 && prompt.length <= P,
      "prompts",
      prompt,
      `prompt ${i} has ${prompt.length} tokens, expected 1 to ${P}. Add a begin token to an empty prompt; cut a long one`,
    );
    check(
      length >= 1 && length <= T,
      "generation",
      generation,
      `response ${i} has ${length} tokens, expected 1 to ${T}`,
    );
    check(
      logProbs[i]?.length === length && rewards[i]?.length === length,
      "generation",
      generation,
      `response ${i} has ${length} tokens, ${logProbs[i]?.length} log-probs and ${rewards[i]?.length} rewards, expected one each per token`,
    );
  });
};

/** B rows, each padded on the right with zeros. @returns [B, T] float32. */
const padRows = (rows: readonly ArrayLike<number>[], T: number): tf.Tensor2D => {
  const data = new Float32Array(rows.length * T);
  rows.forEach((row, i) => {
    data.set(row, i * T);
  });
  return tf.tensor2d(data, [rows.length, T]); // [B, T]
};

/**
 * Lays sampled responses out as a rollout.
 *
 * Prompts are padded on the left and responses on the right. The last token of each response is terminal, also where
 * the length limit ended it: what would have followed has no value, so it is never bootstrapped.
 *
 * @returns a rollout that the caller owns; `disposeRollout` frees it.
 * @throws InvalidArgumentError for a cut distribution (greedy, top-k, top-p), an empty prompt, or counts that don't match.
 */
export const textRollout = (inputs: TextRolloutInputs): GroupedRollout<TextObservations> => {
  const { prompts, generation, rewards, takesPart } = inputs;
  const { responses } = generation;
  const P = inputs.promptLength ?? Math.max(1, ...prompts.map((prompt) => prompt.length));
  const T = inputs.responseLength ?? Math.max(1, ...responses.map((response) => response.length));
  checkInputs(inputs, P, T);
  return tf.tidy(() => {
    const { mask: valid, ...decisions } = promptsAndResponses(prompts, responses, {
      promptLength: P,
      responseLength: T,
    });
    const ends = responses.map(({ length }) =>
      Float32Array.from({ length }, (_, t) => Number(t === length - 1)),
    );
    const parts = responses.map(({ length }, i) =>
      new Float32Array(length).fill(takesPart?.[i] === false ? 0 : 1),
    );
    return {
      ...decisions,
      behaviourLogProbs: padRows(generation.logProbs, T),
      rewards: padRows(rewards, T),
      valid,
      mask: padRows(parts, T),
      terminated: padRows(ends, T),
      truncated: tf.zeros<tf.Rank.R2>([prompts.length, T]),
      groups: Int32Array.from(inputs.groups ?? prompts.map((_, i) => i)),
      policyVersion: generation.policyVersion,
      extras: {},
    };
  });
};
