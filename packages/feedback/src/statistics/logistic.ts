import {
  InvalidArgumentError,
  requireEach,
  requireLength,
  requireNumber,
  requireSameLength,
} from "@accord-rl/core";

import { sigmoid, softplus } from "./sigmoid.ts";
import { invertPositive, multiply } from "./solve.ts";

export interface LogisticOptions {
  /** One for each row; default 1. */
  readonly weights?: readonly number[];
  /**
   * λ of ½·λ·Σβ², or one for each feature. 0 = maximum likelihood, which has no solution where the features tell the
   * outcomes apart without error. Default 0.
   */
  readonly penalty?: number | readonly number[];
  /** Newton steps at most. Default 100. */
  readonly iterations?: number;
}

export interface LogisticFit {
  /** β, one for each feature. */
  readonly coefficients: readonly number[];
  /** From the inverse of the information matrix. */
  readonly standardErrors: readonly number[];
  /** Σ w·log p(outcome), in nats, without the penalty. */
  readonly logLikelihood: number;
}

const where = "logisticRegression";

/** β·x. */
export const linearPredictor = (coefficients: readonly number[], features: readonly number[]): number => {
  let sum = 0;
  for (let k = 0; k < features.length; k++) sum += (features[k] as number) * (coefficients[k] as number);
  return sum;
};

interface Problem {
  readonly features: readonly (readonly number[])[];
  readonly outcomes: readonly number[];
  readonly weights: readonly number[];
  readonly penalties: readonly number[];
}

const logLikelihood = ({ features, outcomes, weights }: Problem, coefficients: readonly number[]): number =>
  features.reduce((sum, row, n) => {
    const eta = linearPredictor(coefficients, row);
    return sum - (weights[n] as number) * (softplus(eta) - (outcomes[n] as number) * eta);
  }, 0);

const objective = (problem: Problem, coefficients: readonly number[]): number =>
  logLikelihood(problem, coefficients) -
  problem.penalties.reduce((sum, lambda, k) => sum + (lambda / 2) * (coefficients[k] as number) ** 2, 0);

/** Gradient of the objective, and the information matrix (its negative Hessian). */
const derivatives = (
  { features, outcomes, weights, penalties }: Problem,
  coefficients: readonly number[],
) => {
  const gradient = penalties.map((lambda, k) => -lambda * (coefficients[k] as number));
  const information = penalties.map((lambda, k) => penalties.map((_, j) => (j === k ? lambda : 0)));
  const size = penalties.length;
  for (let n = 0; n < features.length; n++) {
    const row = features[n] as readonly number[];
    const weight = weights[n] as number;
    const p = sigmoid(linearPredictor(coefficients, row));
    const pull = weight * ((outcomes[n] as number) - p);
    const curvature = weight * p * (1 - p);
    for (let k = 0; k < size; k++) {
      const value = row[k] as number;
      const line = information[k] as number[];
      gradient[k] = (gradient[k] as number) + pull * value;
      for (let j = 0; j < size; j++) line[j] = (line[j] as number) + curvature * value * (row[j] as number);
    }
  }
  return { gradient, information };
};

const check = (
  features: readonly (readonly number[])[],
  outcomes: readonly number[],
  { weights = outcomes.map(() => 1), penalty = 0 }: LogisticOptions,
): Problem => {
  requireLength(where, "features", features.length);
  requireSameLength(where, ["features", "outcomes"], features, outcomes);
  requireSameLength(where, ["features", "weights"], features, weights);
  const first = features[0] as readonly number[];
  const size = first.length;
  requireLength(where, "features[0]", size);
  requireEach(where, "outcomes", outcomes, [0, 1]);
  requireEach(where, "weights", weights, [0, Number.POSITIVE_INFINITY]);
  for (const [n, row] of features.entries()) {
    if (row.length !== size) requireSameLength(where, ["features[0]", `features[${n}]`], first, row);
    for (const [k, value] of row.entries()) {
      if (!Number.isFinite(value)) requireNumber(where, `features[${n}][${k}]`, value);
    }
  }
  const penalties = typeof penalty === "number" ? Array.from({ length: size }, () => penalty) : penalty;
  requireSameLength(where, ["features[0]", "penalty"], first, penalties);
  for (const lambda of penalties) requireNumber(where, "penalty", lambda, [0, Number.POSITIVE_INFINITY]);
  return { features, outcomes, weights, penalties };
};

const noMaximum = (): never => {
  throw new InvalidArgumentError({
    argument: "features",
    value: undefined,
    message: `${where}: the likelihood has no single maximum: a feature never varies, repeats another, or tells the outcomes apart without error; leave it out or set a penalty`,
  });
};

/**
 * Logistic regression by Newton's method with step halving:
 *
 *   P(outcome = 1 | x) = σ(β·x),   β = argmax Σ w·[y·log p + (1 − y)·log(1 − p)] − ½·λ·Σβ²
 *
 * There is no intercept of its own: give a feature of ones for one. A comparison of two things whose features are
 * differences needs none, since swapping the two must flip the answer.
 *
 * @param features [N × k]. @param outcomes [N] 0 to 1; a fraction is a soft label.
 * @throws InvalidArgumentError where no single β is best.
 */
export const logisticRegression = (
  features: readonly (readonly number[])[],
  outcomes: readonly number[],
  options: LogisticOptions = {},
): LogisticFit => {
  const problem = check(features, outcomes, options);
  let coefficients = problem.penalties.map(() => 0);
  let value = objective(problem, coefficients);
  for (let iteration = 0; iteration < (options.iterations ?? 100); iteration++) {
    const { gradient, information } = derivatives(problem, coefficients);
    const covariance = invertPositive(information) ?? noMaximum();
    const step = multiply(covariance, gradient);
    const fit = (): LogisticFit => ({
      coefficients,
      standardErrors: covariance.map((row, k) => Math.sqrt(row[k] as number)),
      logLikelihood: logLikelihood(problem, coefficients),
    });
    const isWithin = (tolerance: number) =>
      step.every((change, k) => Math.abs(change) <= tolerance * (1 + Math.abs(coefficients[k] as number)));
    if (isWithin(1e-10)) return fit();
    let [scale, next, nextValue] = [1, coefficients, Number.NEGATIVE_INFINITY];
    for (; scale > 1e-4 && !(nextValue > value); scale /= 2) {
      next = coefficients.map((coefficient, k) => coefficient + scale * (step[k] as number));
      nextValue = objective(problem, next);
    }
    // Nothing is gained any more: at the maximum a step is tiny, while on a slope that only flattens it stays long.
    if (!(nextValue > value)) return isWithin(1e-5) ? fit() : noMaximum();
    [coefficients, value] = [next, nextValue];
  }
  return noMaximum();
};
