import { rate, requireLength, requireRule, requireSameLength } from "@accord-rl/core";
import { type Interval, normalQuantile } from "@accord-rl/evaluation";
import { linearPredictor, logisticRegression } from "../statistics/logistic.ts";

import { logit, sigmoid, softplus } from "../statistics/sigmoid.ts";

/** Labels as evidence: log p/(1 − p), held within ±log 999; 0 = says nothing, as for an abstention. */
export const labelEvidence = (
  probabilities: readonly (number | null)[],
  { margin = 1e-3 }: { readonly margin?: number } = {},
): number[] =>
  probabilities.map((probability, n) =>
    probability === null
      ? 0
      : logit(requireRule("labelEvidence", `probabilities[${n}]`, probability, rate), margin),
  );

/** Scores as evidence: how much higher the first response scores; 0 where a source abstained on either. */
export const scoreEvidence = (
  first: readonly (number | null)[],
  second: readonly (number | null)[],
): number[] => {
  requireSameLength("scoreEvidence", ["first", "second"], first, second);
  return first.map((score, n) => {
    const other = second[n] as number | null;
    return score === null || other === null ? 0 : score - other;
  });
};

export interface FitWeightsOptions {
  /** Probability that each interval covers the truth. Default 0.95. */
  readonly level?: number;
  /**
   * λ of ½·λ·Σw², which keeps weights finite where a source is always right on so few pairs. Default 0.1: less than a
   * tenth of what one pair at even odds weighs.
   */
  readonly penalty?: number;
}

/** How much to trust each source. */
export interface FittedWeights {
  /** w of each source, w ± z·(standard error). */
  readonly weights: readonly Interval[];
  /** Mean of −log p(outcome), in nats, on the pairs themselves. */
  readonly logLoss: number;
  /** The same for p = ½: what any use of the sources must beat. */
  readonly chanceLogLoss: number;
  /** P(first is better) for the evidence of one pair. */
  predict(evidence: readonly number[]): number;
}

/**
 * Weights of several sources of feedback, fitted to what people said of a few pairs:
 *
 *   P(first is better) = σ(Σ_k w_k·x_k)
 *
 * by maximum likelihood (logistic stacking). There is no constant: exchanging the responses must exchange the answer.
 * The weights of scores are those of a weighted sum of rewards, and the weights of labels those of their log-odds.
 *
 * @param evidence  [sources × pairs]: `labelEvidence` or `scoreEvidence` of each source. Scores should be normalised.
 * @param outcomes  [pairs] P(first is better) by people who are in no source: 1, 0, or between.
 */
export const fitSourceWeights = (
  evidence: readonly (readonly number[])[],
  outcomes: readonly number[],
  { penalty = 0.1, level = 0.95 }: FitWeightsOptions = {},
): FittedWeights => {
  requireLength("fitSourceWeights", "evidence", evidence.length);
  for (const [k, values] of evidence.entries()) {
    requireSameLength("fitSourceWeights", ["outcomes", `evidence[${k}]`], outcomes, values);
  }
  const { coefficients, standardErrors, logLikelihood } = logisticRegression(
    outcomes.map((_, n) => evidence.map((values) => values[n] as number)),
    outcomes,
    { penalty },
  );
  const z = normalQuantile(0.5 + level / 2);
  const weights = coefficients.map((estimate, k) => {
    const half = z * (standardErrors[k] as number);
    return { estimate, low: estimate - half, high: estimate + half };
  });
  return {
    weights,
    logLoss: -logLikelihood / outcomes.length,
    chanceLogLoss: Math.LN2,
    predict: (pair) => {
      requireSameLength("predict", ["sources", "evidence"], coefficients, pair);
      return sigmoid(linearPredictor(coefficients, pair));
    },
  };
};

/** How to read a labeler's probabilities. */
export interface Calibration {
  /** β = 1/T: below 1 the labeler is too sure of itself, at 0 it says nothing, below 0 it is mostly wrong. */
  readonly scale: Interval;
  /** T; null where β is not above 0. */
  readonly temperature: number | null;
  /** Mean of −log p(outcome), in nats, of the probabilities as they came. */
  readonly logLossBefore: number;
  readonly logLossAfter: number;
  /** σ(β·log p/(1 − p)). */
  calibrate(probability: number): number;
}

/**
 * Temperature of a labeler's probabilities, fitted to what people said of a few pairs:
 *
 *   p' = σ(logit(p)/T)
 *
 * @param probabilities  of the labeler; pairs on which it abstained take no part.
 * @param outcomes       P(first is better) by people: 1, 0, or between.
 * @see Guo et al. 2017, §4.2. https://arxiv.org/abs/1706.04599
 */
export const fitTemperature = (
  probabilities: readonly (number | null)[],
  outcomes: readonly number[],
  { margin = 1e-3, ...options }: FitWeightsOptions & { readonly margin?: number } = {},
): Calibration => {
  requireSameLength("fitTemperature", ["probabilities", "outcomes"], probabilities, outcomes);
  const known = [...probabilities.keys()].filter((n) => probabilities[n] !== null);
  const evidence = labelEvidence(
    known.map((n) => probabilities[n] as number),
    { margin },
  );
  const truth = known.map((n) => outcomes[n] as number);
  const { weights, logLoss, predict } = fitSourceWeights([evidence], truth, options);
  const [scale] = weights as readonly [Interval];
  const before = evidence.reduce((sum, x, n) => sum + softplus(x) - (truth[n] as number) * x, 0);
  return {
    scale,
    temperature: scale.estimate > 0 ? 1 / scale.estimate : null,
    logLossBefore: before / evidence.length,
    logLossAfter: logLoss,
    calibrate: (probability) => predict(labelEvidence([probability], { margin })),
  };
};
