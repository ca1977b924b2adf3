import {
  openRate,
  rate,
  requireCount,
  requireNumbers,
  requireRule,
  requireSameLength,
} from "@accord-rl/core";
import type { Interval } from "./bootstrap.ts";

/**
 * P(X > Y) + ½·P(X = Y) over all pairs of one score of each sample: the Mann-Whitney U over n·m.
 *
 * @see Agarwal et al. 2021, §4.3 (probability of improvement). https://arxiv.org/abs/2108.13264
 */
export const probabilityOfImprovement = (better: readonly number[], baseline: readonly number[]): number => {
  requireNumbers("probabilityOfImprovement", "better", better);
  requireNumbers("probabilityOfImprovement", "baseline", baseline);
  let wins = 0;
  for (const score of better) {
    for (const other of baseline) wins += score > other ? 1 : score === other ? 0.5 : 0;
  }
  return wins / (better.length * baseline.length);
};

/**
 * Inverse of the standard normal's distribution function, relative error below 1.15e-9.
 *
 * @see Acklam 2003, An algorithm for computing the inverse normal cumulative distribution function.
 */
export const normalQuantile = (probability: number): number => {
  requireRule("normalQuantile", "probability", probability, openRate);
  const polynomial = (coefficients: readonly number[], x: number) =>
    coefficients.reduce((value, coefficient) => value * x + coefficient, 0);
  const tailTop = [
    -7.784894002430293e-3, -3.223964580411365e-1, -2.400758277161838, -2.549732539343734, 4.374664141464968,
    2.938163982698783,
  ];
  const tailBottom = [7.784695709041462e-3, 3.224671290700398e-1, 2.445134137142996, 3.754408661907416, 1];
  if (probability > 0.5) return -normalQuantile(1 - probability);
  if (probability < 0.02425) {
    const q = Math.sqrt(-2 * Math.log(probability));
    return polynomial(tailTop, q) / polynomial(tailBottom, q);
  }
  const q = probability - 0.5;
  const top = [
    -3.969683028665376e1, 2.209460984245205e2, -2.759285104469687e2, 1.38357751867269e2, -3.066479806614716e1,
    2.506628277459239,
  ];
  const bottom = [
    -5.447609879822406e1, 1.615858368580409e2, -1.556989798598866e2, 6.680131188771972e1,
    -1.328068155288572e1, 1,
  ];
  return (polynomial(top, q * q) * q) / polynomial(bottom, q * q);
};

/**
 * Wilson's interval of a proportion: stays inside [0, 1] and is right also near its ends, where p ± 2σ is not.
 *
 * @param successes  may be fractional: a tie counts ½.
 * @see Wilson 1927; Brown, Cai & DasGupta 2001. https://doi.org/10.1214/ss/1009213286
 */
export const wilsonInterval = (
  successes: number,
  trials: number,
  { level = 0.95 }: { readonly level?: number } = {},
): Interval => {
  requireCount("wilsonInterval", "trials", trials);
  requireRule("wilsonInterval", "level", level, openRate);
  const estimate = successes / trials;
  requireRule("wilsonInterval", "successes / trials", estimate, rate);
  const z = normalQuantile(0.5 + level / 2);
  const scale = 1 + z ** 2 / trials;
  const centre = (estimate + z ** 2 / (2 * trials)) / scale;
  const half = (z / scale) * Math.sqrt((estimate * (1 - estimate)) / trials + z ** 2 / (4 * trials ** 2));
  return { estimate, low: Math.max(0, centre - half), high: Math.min(1, centre + half) };
};

/** How often the challenger beats the baseline on the same items; a tie counts ½. With Wilson's interval. */
export const winRate = (
  challenger: readonly number[],
  baseline: readonly number[],
  options: { readonly level?: number } = {},
): Interval & { readonly wins: number; readonly ties: number; readonly losses: number } => {
  requireSameLength("winRate", ["challenger", "baseline"], challenger, baseline);
  requireNumbers("winRate", "challenger", challenger);
  requireNumbers("winRate", "baseline", baseline);
  let [wins, ties] = [0, 0];
  for (const [index, score] of challenger.entries()) {
    if (score > (baseline[index] as number)) wins++;
    else if (score === baseline[index]) ties++;
  }
  const trials = challenger.length;
  return { ...wilsonInterval(wins + ties / 2, trials, options), wins, ties, losses: trials - wins - ties };
};
