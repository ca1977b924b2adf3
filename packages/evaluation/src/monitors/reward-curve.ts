import { InvalidArgumentError, type Random, requireNumbers, requireSameLength } from "@accord-rl/core";
import type { Interval } from "../bootstrap.ts";

import { quantile } from "../statistics.ts";
import { leastSquares } from "./least-squares.ts";

/** A shape of reward over d = √KL with two coefficients: α·rising(d) − β·falling(d). */
export interface CurveShape {
  readonly name: string;
  /** [2] regressors of α and of β at d. */
  readonly regressors: (distance: number) => readonly [number, number];
  /** [2] their derivatives. */
  readonly slopes: (distance: number) => readonly [number, number];
  /** Where the curve is highest; +∞ where it never falls, 0 where it never rises. */
  readonly peak: (alpha: number, beta: number) => number;
}

const peakWhere = (alpha: number, beta: number, at: () => number): number =>
  beta > 0 ? Math.max(0, at()) : alpha > 0 || beta < 0 ? Number.POSITIVE_INFINITY : 0;

/**
 * R(d) = d·(α − β·log d), for reinforcement learning.
 *
 * @see Gao, Schulman & Hilton 2022, eq. 2. https://arxiv.org/abs/2210.10760
 */
export const reinforcementCurve: CurveShape = {
  name: "d·(α − β·log d)",
  regressors: (d) => [d, d > 0 ? -d * Math.log(d) : 0],
  slopes: (d) => [1, -(Math.log(Math.max(d, Number.MIN_VALUE)) + 1)],
  peak: (alpha, beta) => peakWhere(alpha, beta, () => Math.exp(alpha / beta - 1)),
};

/** R(d) = d·(α − β·d), for best of n. @see Gao, Schulman & Hilton 2022, eq. 1. https://arxiv.org/abs/2210.10760 */
export const bestOfNCurve: CurveShape = {
  name: "d·(α − β·d)",
  regressors: (d) => [d, -d * d],
  slopes: (d) => [1, -2 * d],
  peak: (alpha, beta) => peakWhere(alpha, beta, () => alpha / (2 * beta)),
};

/** A reward at a distance. */
export interface CurvePoint {
  /** KL(policy ‖ reference), nats. Estimates a little below 0 count as 0. */
  readonly klNats: number;
  readonly reward: number;
}

export interface RewardCurve {
  readonly alpha: Interval;
  readonly beta: Interval;
  /** Reward of the reference: fitted, or what was given. */
  readonly start: number;
  /** d at which the reward is highest; +∞ where the curve never falls. */
  readonly peak: Interval;
  readonly rSquared: number;
  /** The fitted reward at d. */
  at(distance: number): number;
}

export const distanceOf = (klNats: number): number => Math.sqrt(Math.max(0, klNats));

/** α, β and, where it is not given, the start. */
export const fitCoefficients = (
  points: readonly CurvePoint[],
  shape: CurveShape,
  start: number | undefined,
): ReturnType<typeof leastSquares> =>
  leastSquares(
    points.map(({ klNats }) => {
      const regressors = shape.regressors(distanceOf(klNats));
      return start === undefined ? [...regressors, 1] : [...regressors];
    }),
    points.map(({ reward }) => reward - (start ?? 0)),
  );

/**
 * Fits reward against √KL by least squares, with percentile bootstrap intervals over the points.
 *
 * @param points  at least 3 (4 where the start is fitted too), of 3 different distances.
 * @param options.shape  Default: `reinforcementCurve`. @param options.start  reward of the reference, where it is known.
 * @throws InvalidArgumentError where the points don't determine the curve.
 */
export const fitRewardCurve = (
  points: readonly CurvePoint[],
  {
    random,
    shape = reinforcementCurve,
    start,
    level = 0.95,
    resamples = 1000,
  }: {
    readonly random: Random;
    readonly shape?: CurveShape;
    readonly start?: number;
    readonly level?: number;
    readonly resamples?: number;
  },
): RewardCurve => {
  const where = "fitRewardCurve";
  requireNumbers(
    where,
    "points.klNats",
    points.map(({ klNats }) => klNats),
  );
  requireNumbers(
    where,
    "points.reward",
    points.map(({ reward }) => reward),
  );
  const fit = fitCoefficients(points, shape, start);
  if (fit === undefined) {
    throw new InvalidArgumentError({
      argument: "points",
      value: points,
      message: `${where}: ${points.length} points at too few different distances for a curve; give at least three`,
    });
  }
  const draws: (readonly number[])[] = [];
  for (let tries = 0; draws.length < resamples && tries < 2 * resamples; tries++) {
    const drawn = points.map(() => points[random.integer(points.length)] as CurvePoint);
    const again = fitCoefficients(drawn, shape, start);
    if (again !== undefined) draws.push(again.coefficients);
  }
  requireSameLength(where, ["resamples", "resamples that have a curve"], { length: resamples }, draws);
  const interval = (of: (coefficients: readonly number[]) => number): Interval => {
    // ∞ has its place in the order, but no arithmetic: neighbours are not interpolated.
    const ordered = draws.map(of).sort((a, b) => a - b);
    const at = (share: number) => ordered[Math.round(share * (ordered.length - 1))] as number;
    const hasNumbers = ordered.every(Number.isFinite);
    const tail = (1 - level) / 2;
    const [low, high] = hasNumbers
      ? [quantile(ordered, tail), quantile(ordered, 1 - tail)]
      : [at(tail), at(1 - tail)];
    return { estimate: of(fit.coefficients), low, high };
  };
  const [alpha = 0, beta = 0, fitted = 0] = fit.coefficients;
  const origin = start ?? fitted;
  return {
    alpha: interval(([value = 0]) => value),
    beta: interval(([, value = 0]) => value),
    peak: interval(([a = 0, b = 0]) => shape.peak(a, b)),
    start: origin,
    rSquared: fit.rSquared,
    at: (distance) => {
      const [rising, falling] = shape.regressors(distance);
      return origin + alpha * rising + beta * falling;
    },
  };
};
