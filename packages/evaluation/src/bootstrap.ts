import {
  openRate,
  type Random,
  requireCount,
  requireNumbers,
  requireRule,
  requireSameLength,
} from "@accord-rl/core";

import { mean, quantile } from "./statistics.ts";

/** An estimate with the ends of its interval. */
export interface Interval {
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
}

export interface BootstrapOptions {
  readonly random: Random;
  /** Probability that the interval covers the truth. Default 0.95. */
  readonly level?: number;
  /** Default 2000. */
  readonly resamples?: number;
  /** What is estimated. Default: the mean. */
  readonly statistic?: (values: readonly number[]) => number;
}

/** Draws `resamples` values of a statistic and cuts off (1 − level)/2 at each end. */
const percentileInterval = (
  estimate: number,
  draw: () => number,
  level: number,
  resamples: number,
): Interval => {
  requireRule("bootstrapInterval", "level", level, openRate);
  requireCount("bootstrapInterval", "resamples", resamples);
  const draws = Array.from({ length: resamples }, draw);
  const tail = (1 - level) / 2;
  return { estimate, low: quantile(draws, tail), high: quantile(draws, 1 - tail) };
};

const resample = (values: readonly number[], random: Random): number[] =>
  values.map(() => values[random.integer(values.length)] as number);

/**
 * Percentile bootstrap: the statistic of the values, and the interval of it over resamples with replacement.
 * For paired data give the differences, or use `pairedDifferenceInterval`.
 *
 * @see Efron & Tibshirani 1993, ch. 13.
 */
export const bootstrapInterval = (
  values: readonly number[],
  { random, level = 0.95, resamples = 2000, statistic = mean }: BootstrapOptions,
): Interval => {
  requireNumbers("bootstrapInterval", "values", values);
  return percentileInterval(statistic(values), () => statistic(resample(values, random)), level, resamples);
};

/** How much greater `after` is than `before` on the same items: bootstrap over the items' differences. */
export const pairedDifferenceInterval = (
  before: readonly number[],
  after: readonly number[],
  options: BootstrapOptions,
): Interval => {
  requireSameLength("pairedDifferenceInterval", ["before", "after"], before, after);
  requireNumbers("pairedDifferenceInterval", "before", before);
  requireNumbers("pairedDifferenceInterval", "after", after);
  return bootstrapInterval(
    after.map((value, index) => value - (before[index] as number)),
    options,
  );
};

/** Options of a bootstrap whose statistic is of its own kind. */
export type BootstrapOptionsFor<Statistic> = Omit<BootstrapOptions, "statistic"> & {
  readonly statistic: Statistic;
};

/**
 * Stratified bootstrap: a statistic of several independent samples, each resampled by itself, so that every resample has
 * as many scores of each as there were. The samples are one algorithm's runs on each task, or several algorithms' runs.
 *
 * @param strata  one list of scores per sample; at least one number in each.
 * @see Agarwal et al. 2021, §4.1. https://arxiv.org/abs/2108.13264
 */
export const stratifiedInterval = <Strata extends readonly (readonly number[])[]>(
  strata: Strata,
  {
    random,
    level = 0.95,
    resamples = 2000,
    statistic,
  }: BootstrapOptionsFor<(strata: { readonly [K in keyof Strata]: readonly number[] }) => number>,
): Interval => {
  requireCount("stratifiedInterval", "strata.length", strata.length);
  for (const [index, values] of strata.entries())
    requireNumbers("stratifiedInterval", `strata[${index}]`, values);
  type Resampled = { readonly [K in keyof Strata]: readonly number[] };
  const draw = () => statistic(strata.map((values) => resample(values, random)) as unknown as Resampled);
  return percentileInterval(statistic(strata as unknown as Resampled), draw, level, resamples);
};

/**
 * Bootstrap of a statistic of two independent samples, each resampled by itself: statistic(first, second).
 */
export const twoSampleInterval = (
  first: readonly number[],
  second: readonly number[],
  options: BootstrapOptionsFor<(first: readonly number[], second: readonly number[]) => number>,
): Interval => {
  requireNumbers("twoSampleInterval", "first", first);
  requireNumbers("twoSampleInterval", "second", second);
  const { statistic, ...rest } = options;
  return stratifiedInterval([first, second] as const, { ...rest, statistic: ([a, b]) => statistic(a, b) });
};
