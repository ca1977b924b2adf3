import { type Random, requireCount } from "@accord-rl/core";

import type { Observation } from "./types.ts";

/**
 * Clean runs made of samples of one policy, for where no clean run has been trained yet: windows drawn from a pool. Runs
 * under them never change, so calibrate with tolerances for what training may change.
 *
 * Each run draws a pool of its own with replacement first, so that runs differ as much as the pool is uncertain.
 *
 * @param pool  iteration is ignored, and what is one number per iteration stays as it is.
 */
export const resampleRuns = (
  pool: Omit<Observation, "iteration">,
  {
    runs,
    iterations,
    size,
    random,
  }: {
    readonly runs: number;
    readonly iterations: number;
    /** B, as many as an iteration of training has. */
    readonly size: number;
    readonly random: Random;
  },
): Observation[][] => {
  const where = "resampleRuns";
  const { samples, scores, gold, uncertainties, ...rest } = pool;
  const count = samples.length;
  requireCount(where, "runs", runs);
  requireCount(where, "iterations", iterations);
  requireCount(where, "size", size);
  requireCount(where, "pool.samples.length", count, size);
  const take = <Item>(items: readonly Item[], indices: readonly number[]): Item[] =>
    indices.map((index) => items[index] as Item);
  return Array.from({ length: runs }, () => {
    const own = Array.from({ length: count }, () => random.integer(count));
    return Array.from({ length: iterations }, (_, iteration) => {
      const indices = random.sample(count, size).map((at) => own[at] as number);
      return {
        ...rest,
        iteration,
        samples: take(samples, indices),
        ...(scores && { scores: take(scores, indices) }),
        ...(gold && { gold: take(gold, indices) }),
        ...(uncertainties && { uncertainties: take(uncertainties, indices) }),
      };
    });
  });
};
