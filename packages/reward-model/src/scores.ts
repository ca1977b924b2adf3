import { InvalidArgumentError, NonFiniteError, type Score, type Scores } from "@accord-rl/core";

/** Scores of one batch, one per sample, each checked. */
export interface ReadScores {
  readonly scores: readonly Score[];
  readonly uncertainties?: readonly number[];
}

const requireFinite = (quantity: string, value: unknown): void => {
  if (Number.isFinite(value)) return;
  if (typeof value === "number") {
    throw new NonFiniteError({ quantity, value, hint: "Return null to abstain." });
  }
  throw new InvalidArgumentError({
    argument: "source",
    value,
    message: `${quantity} is ${String(value)}, expected a number, numbers or null`,
  });
};

/**
 * What a reward source gave, in one form.
 *
 * @throws InvalidArgumentError for a wrong count or what is no score, NonFiniteError for NaN or an infinity.
 */
export const readScores = (where: string, given: Scores, count: number): ReadScores => {
  const isDetailed = typeof given === "object" && given !== null && "scores" in given;
  const { scores, uncertainties } = isDetailed ? given : { scores: given, uncertainties: undefined };
  if (!Array.isArray(scores)) {
    throw new InvalidArgumentError({
      argument: "source",
      value: given,
      message: `${where}: the reward source gave ${scores === null ? "null" : typeof scores}, expected one score per sample`,
    });
  }
  for (const [name, list] of Object.entries({ scores, uncertainties })) {
    if (list === undefined || list.length === count) continue;
    throw new InvalidArgumentError({
      argument: name,
      value: list.length,
      message: `${where}: the reward source gave ${list.length} ${name} for ${count} samples, expected one each`,
    });
  }
  for (const [index, score] of (scores as readonly Score[]).entries()) {
    if (score === null) continue;
    for (const value of Array.isArray(score) ? score : [score]) {
      requireFinite(`${where}: the score of sample ${index}`, value);
    }
  }
  for (const [index, value] of (uncertainties ?? []).entries()) {
    requireFinite(`${where}: the uncertainty of sample ${index}`, value);
  }
  return { scores, ...(uncertainties && { uncertainties }) };
};

/** Σ over tokens of a per-token score; the score itself otherwise. */
export const totalScore = (score: number | readonly number[]): number =>
  typeof score === "number" ? score : score.reduce((sum, value) => sum + value, 0);

/**
 * Combines scores of one sample element by element; where some are per token, a single number stands at the last.
 *
 * @throws InvalidArgumentError when two per-token scores differ in length.
 */
export const combineElements = (
  where: string,
  scores: readonly (number | readonly number[])[],
  combine: (values: readonly number[]) => number,
): number | readonly number[] => {
  const lists = scores.filter((score) => typeof score !== "number");
  if (lists.length === 0) return combine(scores as readonly number[]);
  const { length } = lists[0] as readonly number[];
  const other = lists.find((list) => list.length !== length);
  if (other !== undefined) {
    throw new InvalidArgumentError({
      argument: "scores",
      value: other.length,
      message: `${where}: one source gave ${length} token scores for a sample and another ${other.length}, expected as many as the response has tokens from both`,
    });
  }
  const at = (score: number | readonly number[], token: number): number =>
    typeof score === "number" ? (token === length - 1 ? score : 0) : (score[token] as number);
  return Array.from({ length }, (_, token) => combine(scores.map((score) => at(score, token))));
};
