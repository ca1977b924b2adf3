import { InvalidArgumentError, type PreferenceBatch, type TokenSequence } from "@accord-rl/core";
import { preferenceProbability } from "./losses.ts";

/** Anything that scores token sequences: a reward model's `score`, a baseline. */
export type TokenScorer = (texts: readonly TokenSequence[]) => readonly number[] | Promise<readonly number[]>;

export interface PairEvaluation {
  /** Fraction of pairs ordered as labelled; a tie counts ½, a label of ½ is left out. */
  readonly accuracy: number;
  /** How many pairs the accuracy is of. */
  readonly pairs: number;
  /** r_preferred − r_rejected of every pair. */
  readonly gaps: readonly number[];
  /** σ(gap) of every pair: what it predicts that `preferred` is better. */
  readonly probabilities: readonly number[];
  /** The labels' probabilities, 1 where they are hard. */
  readonly labels: readonly number[];
  /** Mean cross-entropy of the labels under the probabilities, nats; log 2 = knows nothing. */
  readonly loss: number;
}

/** Cross-entropy of a label p under σ(gap). */
const crossEntropy = (gap: number, label: number): number =>
  Math.max(-gap, 0) + Math.log1p(Math.exp(-Math.abs(gap))) + (1 - label) * gap;

/**
 * How well scores predict held-out preferences.
 *
 * Written pairs always have the better text first, so probabilities and labels say little about calibration as they
 * are: `symmetric` turns every second pair round.
 */
export const evaluatePairs = async (score: TokenScorer, pairs: PreferenceBatch): Promise<PairEvaluation> => {
  if (pairs.length === 0) {
    throw new InvalidArgumentError({
      argument: "pairs",
      value: pairs,
      message: "evaluatePairs: got no pair, expected at least one",
    });
  }
  const scores = await score([
    ...pairs.map(({ preferred }) => preferred),
    ...pairs.map(({ rejected }) => rejected),
  ]);
  const gaps = pairs.map((_, index) => (scores[index] as number) - (scores[index + pairs.length] as number));
  const labels = pairs.map(({ probability = 1 }) => probability);
  const decided = gaps.flatMap((gap, index) => {
    const side = Math.sign((labels[index] as number) - 0.5);
    return side === 0 ? [] : [(1 + Math.sign(gap) * side) / 2];
  });
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  return {
    accuracy: decided.length === 0 ? 0.5 : sum(decided) / decided.length,
    pairs: decided.length,
    gaps,
    probabilities: gaps.map((gap) => preferenceProbability(gap, 0)),
    labels,
    loss: sum(gaps.map((gap, index) => crossEntropy(gap, labels[index] as number))) / gaps.length,
  };
};

/**
 * The same evaluation with every second pair turned round, for reliability charts: predictions and outcomes then
 * cover both sides of ½.
 */
export const symmetric = ({
  probabilities,
  labels,
}: Pick<PairEvaluation, "probabilities" | "labels">): { probabilities: number[]; outcomes: number[] } => {
  const turn = (value: number, index: number) => (index % 2 === 0 ? value : 1 - value);
  return { probabilities: probabilities.map(turn), outcomes: labels.map(turn) };
};
