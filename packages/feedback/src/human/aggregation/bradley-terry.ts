import { InvalidArgumentError, requireLength, requireNumber } from "@accord-rl/core";

import { softplus } from "../../statistics/sigmoid.ts";
import { isStronglyConnected } from "./connected.ts";

/** One comparison of two items, by their indices. */
export interface Comparison {
  readonly first: number;
  readonly second: number;
  /** 1 = the first is better, 0 = the second, ½ = a tie. */
  readonly outcome: number;
  /** Default 1. */
  readonly weight?: number;
}

export interface BradleyTerryOptions {
  /**
   * How often each item is taken to have beaten, and lost to, an item of log-strength 0, on top of what was seen. Keeps
   * items that never lost finite. 0 = maximum likelihood. Default 0.
   */
  readonly prior?: number;
  /** Largest change of a log-strength at which it stops. Default 1e-10. */
  readonly tolerance?: number;
  /** Default 20000. */
  readonly iterations?: number;
  /** Log-strengths to start from, where something near is known. Default: all 0. */
  readonly initial?: readonly number[];
}

export interface BradleyTerryFit {
  /** log π of each item: P(i beats j) = σ(s_i − s_j). Mean 0 where there is no prior. */
  readonly logStrengths: readonly number[];
  /** θ of Rao & Kupper, 1 = no ties: with ties, P(i beats j) = π_i/(π_i + θ·π_j). */
  readonly tieThreshold: number;
  /** Σ w·log p(outcome) in nats. */
  readonly logLikelihood: number;
}

/** How often one item won against another, or (for a modelled tie) drew with it. */
interface Tally {
  readonly winner: number;
  readonly loser: number;
  count: number;
}

const check = (where: string, items: number, comparisons: readonly Comparison[]): void => {
  requireLength(where, "comparisons", comparisons.length);
  for (const [n, { first, second, outcome, weight = 1 }] of comparisons.entries()) {
    requireNumber(where, `comparisons[${n}].first`, first, [0, items - 1]);
    requireNumber(where, `comparisons[${n}].second`, second, [0, items - 1]);
    requireNumber(where, `comparisons[${n}].outcome`, outcome, [0, 1]);
    requireNumber(where, `comparisons[${n}].weight`, weight, [0, Number.POSITIVE_INFINITY]);
  }
};

/** Wins by pair of items; a tie counts `tieShare` of a win for both. */
const tallyWins = (items: number, comparisons: readonly Comparison[], tieShare: number): Tally[] => {
  const tallies = new Map<number, Tally>();
  const add = (winner: number, loser: number, count: number) => {
    if (count === 0 || winner === loser) return;
    const key = winner * items + loser;
    const tally = tallies.get(key) ?? { winner, loser, count: 0 };
    tally.count += count;
    tallies.set(key, tally);
  };
  for (const { first, second, outcome, weight = 1 } of comparisons) {
    if (outcome === 0.5) {
      add(first, second, tieShare * weight);
      add(second, first, tieShare * weight);
    } else {
      add(first, second, outcome * weight);
      add(second, first, (1 - outcome) * weight);
    }
  }
  return [...tallies.values()];
};

/**
 * One step of Hunter's MM algorithm, which never lowers the likelihood:
 *
 *   π_i ← s_i / Σ_j [s_ij/(π_i + θπ_j) + θ·s_ji/(θπ_i + π_j)]
 */
const minorizeMaximize = (
  strengths: readonly number[],
  tallies: readonly Tally[],
  threshold: number,
  prior: number,
): number[] => {
  const wins = strengths.map(() => prior);
  const demands = strengths.map((strength) => (2 * prior) / (strength + 1));
  for (const { winner, loser, count } of tallies) {
    const total = (strengths[winner] as number) + threshold * (strengths[loser] as number);
    wins[winner] = (wins[winner] as number) + count;
    demands[winner] = (demands[winner] as number) + count / total;
    demands[loser] = (demands[loser] as number) + (threshold * count) / total;
  }
  const next = wins.map((won, i) => {
    const demand = demands[i] as number;
    return demand > 0 ? won / demand : 1;
  });
  if (prior > 0) return next;
  const centre = Math.exp(next.reduce((sum, strength) => sum + Math.log(strength), 0) / next.length);
  return next.map((strength) => strength / centre);
};

/** The best θ for these strengths: ties/C + √(1 + (ties/C)²), C = Σ s_ij·π_j/(π_i + θπ_j). */
const nextThreshold = (
  strengths: readonly number[],
  tallies: readonly Tally[],
  threshold: number,
  ties: number,
): number => {
  const cost = tallies.reduce((sum, { winner, loser, count }) => {
    const [own, other] = [strengths[winner] as number, strengths[loser] as number];
    return sum + (count * other) / (own + threshold * other);
  }, 0);
  return ties / cost + Math.hypot(1, ties / cost);
};

const fit = (
  where: string,
  items: number,
  comparisons: readonly Comparison[],
  hasTies: boolean,
  { prior = 0, tolerance = 1e-10, iterations = 20_000, initial }: BradleyTerryOptions,
): BradleyTerryFit => {
  check(where, items, comparisons);
  requireNumber(where, "prior", prior, [0, Number.POSITIVE_INFINITY]);
  const tallies = tallyWins(items, comparisons, hasTies ? 1 : 0.5);
  if (prior === 0 && !isStronglyConnected(items, tallies)) {
    throw new InvalidArgumentError({
      argument: "prior",
      value: prior,
      message: `${where}: some items never lost to, or never won against, the others, so strengths are infinite; set a prior such as 0.5`,
    });
  }
  const ties = hasTies
    ? comparisons.reduce((sum, { outcome, weight = 1 }) => sum + (outcome === 0.5 ? weight : 0), 0)
    : 0;
  let strengths = Array.from({ length: items }, (_, i) => Math.exp(initial?.[i] ?? 0));
  let threshold = ties > 0 ? 2 : 1;
  for (let iteration = 0; iteration < iterations; iteration++) {
    const next = minorizeMaximize(strengths, tallies, threshold, prior);
    const moved = Math.max(
      ...next.map((strength, i) => Math.abs(Math.log(strength / (strengths[i] as number)))),
    );
    const nextTheta = ties > 0 ? nextThreshold(next, tallies, threshold, ties) : 1;
    const change = Math.max(moved, Math.abs(nextTheta - threshold));
    [strengths, threshold] = [next, nextTheta];
    if (change < tolerance) break;
  }
  const logStrengths = strengths.map(Math.log);
  const shift = Math.log(threshold);
  const likelihood = tallies.reduce((sum, { winner, loser, count }) => {
    const gap = (logStrengths[loser] as number) + shift - (logStrengths[winner] as number);
    return sum - count * softplus(gap);
  }, 0);
  const tieTerm = ties > 0 ? ties * Math.log(threshold ** 2 - 1) : 0;
  return { logStrengths, tieThreshold: threshold, logLikelihood: likelihood + tieTerm };
};

/**
 * Strengths of items from comparisons, a tie counting as half a win for both:
 *
 *   P(i beats j) = π_i/(π_i + π_j)
 *
 * @param items  how many there are.
 * @throws InvalidArgumentError where, without a prior, the comparisons leave strengths infinite.
 * @see Bradley & Terry 1952; Hunter 2004, MM algorithms for generalized Bradley-Terry models, §2.
 *   https://doi.org/10.1214/aos/1079120141
 */
export const bradleyTerry = (
  items: number,
  comparisons: readonly Comparison[],
  options: BradleyTerryOptions = {},
): BradleyTerryFit => fit("bradleyTerry", items, comparisons, false, options);

/**
 * Strengths from comparisons in which a tie is an outcome of its own, the likelier the closer two items are:
 *
 *   P(i beats j) = π_i/(π_i + θ·π_j),   P(tie) = (θ² − 1)·π_i·π_j / ((π_i + θ·π_j)(θ·π_i + π_j))
 *
 * @see Rao & Kupper 1967. https://doi.org/10.1080/01621459.1967.10482901; the algorithm: Hunter 2004, §2.
 */
export const raoKupper = (
  items: number,
  comparisons: readonly Comparison[],
  options: BradleyTerryOptions = {},
): BradleyTerryFit => fit("raoKupper", items, comparisons, true, options);
