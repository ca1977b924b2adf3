import { requireNumber } from "@accord-rl/core";
import { sigmoid, softplus } from "../../statistics/sigmoid.ts";
import {
  type BradleyTerryFit,
  type BradleyTerryOptions,
  bradleyTerry,
  type Comparison,
} from "./bradley-terry.ts";

/** A comparison with the index of who made it. */
export interface WorkerComparison extends Comparison {
  readonly worker: number;
}

export interface CrowdOptions extends BradleyTerryOptions {
  /** How many right and how many wrong answers each worker is taken to have given before. Default [4, 1]. */
  readonly reliabilityPrior?: readonly [number, number];
  /** Largest change of a reliability at which it stops. Default 1e-6. */
  readonly reliabilityTolerance?: number;
  /** Rounds of expectation and maximization at most. Default 500. */
  readonly rounds?: number;
}

export interface CrowdFit extends BradleyTerryFit {
  /** η of each worker: 1 = always means what they say, ½ = answers at random, 0 = always the opposite. */
  readonly reliabilities: readonly number[];
}

/** An outcome between 0 and 1 as shares of two votes. A tie stays a tie. */
const toVotes = (comparison: WorkerComparison): WorkerComparison[] => {
  const { outcome, weight = 1 } = comparison;
  if (outcome === 0.5) return [comparison];
  return [
    { ...comparison, outcome: 1, weight: outcome * weight },
    { ...comparison, outcome: 0, weight: (1 - outcome) * weight },
  ].filter(({ weight }) => weight > 0);
};

/** log p of a vote or a tie, under the strengths and the worker's reliability that were fitted. */
const logProbability = (
  { first, second, outcome, worker }: WorkerComparison,
  logStrengths: readonly number[],
  reliabilities: readonly number[],
): number => {
  const gap = (logStrengths[first] as number) - (logStrengths[second] as number);
  if (outcome === 0.5) return -0.5 * (softplus(gap) + softplus(-gap));
  const fits = sigmoid(outcome === 1 ? gap : -gap);
  const reliability = reliabilities[worker] as number;
  return Math.log(reliability * fits + (1 - reliability) * (1 - fits));
};

/**
 * Strengths of items from comparisons by workers who are not equally careful:
 *
 *   P(worker k says i is better than j) = η_k·σ(s_i − s_j) + (1 − η_k)·σ(s_j − s_i)
 *
 * Expectation-maximization: how likely each answer was meant, then strengths and reliabilities from answers weighted by
 * that. A tie counts as half a win for both, and says nothing of its worker: in the log-likelihood it is
 * ½·log σ(s_i − s_j) + ½·log σ(s_j − s_i). An outcome between 0 and 1 counts as shares of two votes.
 *
 * @param workers  how many there are. @param options.prior  default 0.5 here: strengths stay finite.
 * @see Chen et al. 2013, Pairwise ranking aggregation in a crowdsourced setting, §3. https://doi.org/10.1145/2433396.2433420
 */
export const crowdBradleyTerry = (
  items: number,
  workers: number,
  comparisons: readonly WorkerComparison[],
  {
    prior = 0.5,
    reliabilityPrior: [right, wrong] = [4, 1],
    reliabilityTolerance = 1e-6,
    rounds = 500,
    ...options
  }: CrowdOptions = {},
): CrowdFit => {
  const where = "crowdBradleyTerry";
  for (const [n, { worker }] of comparisons.entries()) {
    requireNumber(where, `comparisons[${n}].worker`, worker, [0, workers - 1]);
  }
  const votes = comparisons.flatMap(toVotes);
  let reliabilities = Array.from({ length: workers }, () => right / (right + wrong));
  let result = bradleyTerry(items, comparisons, { ...options, prior });
  for (let round = 0; round < rounds; round++) {
    const counts = reliabilities.map(() => ({ meant: right, all: right + wrong }));
    const meant = votes.map(({ first, second, outcome, worker, weight = 1 }) => {
      if (outcome === 0.5) return { first, second, outcome, weight };
      const [one, other] = [result.logStrengths[first] as number, result.logStrengths[second] as number];
      const fits = sigmoid(outcome > 0.5 ? one - other : other - one);
      const reliability = reliabilities[worker] as number;
      const share = (reliability * fits) / (reliability * fits + (1 - reliability) * (1 - fits));
      const count = counts[worker] as { meant: number; all: number };
      count.meant += weight * share;
      count.all += weight;
      return { first, second, outcome: outcome > 0.5 ? share : 1 - share, weight };
    });
    const next = counts.map((count) => count.meant / count.all);
    result = bradleyTerry(items, meant, { ...options, prior, initial: result.logStrengths });
    const change = Math.max(...next.map((value, k) => Math.abs(value - (reliabilities[k] as number))));
    reliabilities = next;
    if (change < reliabilityTolerance) break;
  }
  const logLikelihood = votes.reduce(
    (sum, vote) => sum + (vote.weight ?? 1) * logProbability(vote, result.logStrengths, reliabilities),
    0,
  );
  return { ...result, logLikelihood, reliabilities };
};
