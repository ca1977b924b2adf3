import { meanOf, rate, requireNumbers, requireRule, requireSameLength } from "@accord-rl/core";

const sum = (values: readonly number[]): number => {
  let total = 0;
  for (const value of values) total += value;
  return total;
};

/** Σx/n; of equal numbers it is exactly that number. */
export const mean = (values: readonly number[]): number => {
  requireNumbers("mean", "values", values);
  return meanOf(values);
};

/** Sample variance, Σ(x − x̄)²/(n − 1); exactly 0 for equal values, or a single one. */
export const variance = (values: readonly number[]): number => {
  const centre = mean(values);
  return values.length < 2 ? 0 : sum(values.map((value) => (value - centre) ** 2)) / (values.length - 1);
};

/** Sample standard deviation, with n − 1. */
export const standardDeviation = (values: readonly number[]): number => Math.sqrt(variance(values));

/** Standard deviation of the mean: s/√n. */
export const standardError = (values: readonly number[]): number =>
  standardDeviation(values) / Math.sqrt(values.length);

/**
 * The value below which a fraction lies, linear between neighbours (numpy's default, type 7 of Hyndman & Fan 1996).
 *
 * @param fraction  0 = minimum, 1 = maximum.
 */
export const quantile = (values: readonly number[], fraction: number): number => {
  requireNumbers("quantile", "values", values);
  requireRule("quantile", "fraction", fraction, rate);
  const sorted = Float64Array.from(values).sort();
  const position = fraction * (sorted.length - 1);
  const below = sorted[Math.floor(position)] as number;
  const above = sorted[Math.ceil(position)] as number;
  return below + (above - below) * (position - Math.floor(position));
};

/** The middle value. */
export const median = (values: readonly number[]): number => quantile(values, 0.5);

/**
 * Mean of the middle half: ⌊n/4⌋ values are cut off at each end (scipy's trim_mean(x, 0.25), as rliable has it).
 * Less noise than the median, less moved by outliers than the mean.
 *
 * @see Agarwal et al. 2021, §4.3. https://arxiv.org/abs/2108.13264
 */
export const interquartileMean = (values: readonly number[]): number => {
  requireNumbers("interquartileMean", "values", values);
  const sorted = Float64Array.from(values).sort();
  const cut = Math.floor(sorted.length / 4);
  return mean([...sorted.subarray(cut, sorted.length - cut)]);
};

/** Fraction of predictions that equal the truth. */
export const accuracy = <Label>(predictions: readonly Label[], truth: readonly Label[]): number => {
  requireSameLength("accuracy", ["predictions", "truth"], predictions, truth);
  const hits = predictions.map((prediction, index): number => (prediction === truth[index] ? 1 : 0));
  return mean(hits);
};

/** Pearson's r; 0 where one side does not vary. */
export const correlation = (first: readonly number[], second: readonly number[]): number => {
  requireSameLength("correlation", ["first", "second"], first, second);
  const [firstMean, secondMean] = [mean(first), mean(second)];
  let [cross, firstSquares, secondSquares] = [0, 0, 0];
  for (const [index, value] of first.entries()) {
    const [dx, dy] = [value - firstMean, (second[index] as number) - secondMean];
    cross += dx * dy;
    firstSquares += dx * dx;
    secondSquares += dy * dy;
  }
  const scale = Math.sqrt(firstSquares * secondSquares);
  return scale === 0 ? 0 : cross / scale;
};
