import type { Score, Scores, TextSample } from "@accord-rl/core";
import { AccordError, InvalidArgumentError, NonFiniteError, type RewardSource } from "@accord-rl/core";

/**
 * What to do with the score of a response that reached its length limit without an end token.
 *
 * `replaceBy` puts a fixed score at the last token in the place of what the source said (−1 in OpenAI's 2019 code);
 * `subtract` lowers the reward of the last token by a penalty (TRL's `missing_eos_penalty`).
 */
export type MissingEnd = { readonly replaceBy: number } | { readonly subtract: number };

/** Scores of one batch, checked: one per sample, finite, with as many numbers as tokens where they are per token. */
export interface CheckedScores {
  /** B. */
  readonly scores: readonly Score[];
  /** B standard deviations; there when the source knows them. */
  readonly uncertainties?: readonly number[];
}

const invalid = (argument: string, value: unknown, message: string): InvalidArgumentError =>
  new InvalidArgumentError({ argument, value, message });

const checkFinite = (value: unknown, quantity: string): void => {
  if (typeof value !== "number") {
    throw invalid("reward", value, `${quantity} is ${String(value)}, expected a number, numbers or null`);
  }
  if (!Number.isFinite(value)) {
    throw new NonFiniteError({ quantity, value, hint: "Return null to leave a sample out of the update." });
  }
};

const checkScore = (score: Score, index: number, sample: TextSample): void => {
  const name = `reward source: the score of sample ${index}`;
  if (score === null) return;
  if (!Array.isArray(score)) {
    checkFinite(score, name);
    return;
  }
  if (score.length !== sample.responseTokens.length) {
    throw invalid(
      "reward",
      score,
      `${name} has ${score.length} numbers, expected ${sample.responseTokens.length} (one per response token)`,
    );
  }
  score.forEach((value, t) => {
    checkFinite(value, `${name} at token ${t}`);
  });
};

const isBare = (scores: Scores): scores is readonly Score[] => Array.isArray(scores);

/**
 * Asks a reward source for its scores and checks them, so that one bad number stops the run where it arises.
 *
 * @throws AccordError with the source's own error as `cause`; InvalidArgumentError for a wrong count or length;
 *   NonFiniteError that names the sample.
 */
export const scoreSamples = async (
  reward: RewardSource,
  samples: readonly TextSample[],
): Promise<CheckedScores> => {
  let answer: Scores;
  try {
    answer = await reward(samples);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new AccordError(`reward source: it failed on a batch of ${samples.length} samples: ${reason}`, {
      cause,
    });
  }
  const scores = isBare(answer) ? answer : answer?.scores;
  if (!Array.isArray(scores) || scores.length !== samples.length) {
    const got = Array.isArray(scores) ? `${scores.length} scores` : typeof answer;
    throw invalid(
      "reward",
      answer,
      `reward source: gave ${got} for ${samples.length} samples, expected one each`,
    );
  }
  samples.forEach((sample, index) => {
    checkScore(scores[index] as Score, index, sample);
  });
  if (isBare(answer)) return { scores };
  const { uncertainties } = answer;
  if (uncertainties.length !== samples.length) {
    throw invalid(
      "reward",
      answer,
      `reward source: gave ${uncertainties.length} uncertainties for ${samples.length} samples, expected one each`,
    );
  }
  uncertainties.forEach((value, index) => {
    checkFinite(value, `reward source: the uncertainty of sample ${index}`);
  });
  return { scores, uncertainties };
};

/**
 * The reward after each token of one response: a single score stands at the last token.
 *
 * @param score  null = the source abstained: all zeros.
 * @returns as many numbers as the response has tokens.
 */
export const tokenRewards = (
  score: Score,
  {
    length,
    finished,
    missingEnd,
  }: { length: number; finished: boolean; missingEnd?: MissingEnd | undefined },
): Float32Array => {
  const rewards = new Float32Array(length);
  if (score === null) return rewards;
  const last = length - 1;
  if (typeof score === "number") rewards[last] = score;
  else rewards.set(score);
  if (finished || !missingEnd) return rewards;
  if ("subtract" in missingEnd) {
    rewards[last]! -= missingEnd.subtract;
    return rewards;
  }
  rewards.fill(0)[last] = missingEnd.replaceBy;
  return rewards;
};
