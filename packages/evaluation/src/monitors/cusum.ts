import type { Signal, Threshold } from "./types.ts";

/** A cumulative sum on one side. */
export interface Cusum {
  /** S ≥ 0, in deviations. */
  readonly sum: number;
  /** Iteration at which it left 0; null while it is 0. */
  readonly since: number | null;
}

export const cusumStart: Cusum = { sum: 0, since: null };

export const defaultDrift = 0.5;

/**
 * One step of a one-sided cumulative sum.
 *
 *   S ← max(0, S + (side·(x − center) − tolerance)/deviation − drift)
 *
 * It adds up small changes that last, and forgets those that don't.
 *
 * @see Page 1954, Continuous inspection schemes. https://doi.org/10.1093/biomet/41.1-2.100
 */
export const cusumStep = (
  previous: Cusum,
  { value, iteration, side }: { readonly value: number; readonly iteration: number; readonly side: 1 | -1 },
  { center, deviation, tolerance = 0, drift = defaultDrift }: Omit<Threshold, "limit">,
): Cusum => {
  const sum = previous.sum + (side * (value - center) - tolerance) / deviation - drift;
  return sum > 0 ? { sum, since: previous.since ?? iteration } : cusumStart;
};

/** The highest sum of a run, over both sides. @param values  one per iteration; undefined where not measured. */
export const highestSum = (
  values: readonly (number | undefined)[],
  { sides }: Pick<Signal, "sides">,
  threshold: Omit<Threshold, "limit">,
): number => {
  let highest = 0;
  for (const side of sides) {
    let state = cusumStart;
    for (const [iteration, value] of values.entries()) {
      if (value === undefined) continue;
      state = cusumStep(state, { value, iteration, side }, threshold);
      highest = Math.max(highest, state.sum);
    }
  }
  return highest;
};
