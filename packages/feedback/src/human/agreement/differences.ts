/** What a difference between two values may depend on: the values' order, and how often each was given. */
export interface ValueScale {
  /** All values, ascending. */
  readonly values: readonly number[];
  /** How often each was given. */
  readonly counts: readonly number[];
}

/** How far two values lie apart, by their positions in the scale: 0 = the same. */
export type Difference = (first: number, second: number, scale: ValueScale) => number;

const at = (list: readonly number[], index: number): number => list[index] as number;

/** Values are names: δ = 1 unless equal. */
export const nominal: Difference = (first, second) => (first === second ? 0 : 1);

/**
 * Values are ranks: the square of how many answers lie between, the two ends counting half.
 *
 *   δ²(c, k) = (Σ_{g=c..k} n_g − (n_c + n_k)/2)²
 */
export const ordinal: Difference = (first, second, { counts }) => {
  const [low, high] = [Math.min(first, second), Math.max(first, second)];
  const between = counts.slice(low, high + 1).reduce((sum, count) => sum + count, 0);
  return (between - (at(counts, low) + at(counts, high)) / 2) ** 2;
};

/** Values are numbers: δ² = (c − k)². */
export const interval: Difference = (first, second, { values }) =>
  (at(values, first) - at(values, second)) ** 2;

/** Values are amounts with a true zero: δ² = ((c − k)/(c + k))². */
export const ratio: Difference = (first, second, { values }) => {
  const [c, k] = [at(values, first), at(values, second)];
  return c === k ? 0 : ((c - k) / (c + k)) ** 2;
};

/** Linear weights of Cohen's kappa: how many categories lie between. */
export const linearSteps: Difference = (first, second) => Math.abs(first - second);

/** Quadratic weights of Cohen's kappa: the square of it. */
export const quadraticSteps: Difference = (first, second) => (first - second) ** 2;
