/**
 * Σx/n, held between the smallest and the largest number.
 *
 * A rounded sum of equal numbers over their count may miss the number: three times 0.1 over 3 is 0.1 + 1.4e-17. A
 * deviation of the same size then makes such residues ±1. Held, the mean of equal numbers is exactly that number.
 *
 * @param values  at least one; NaN gives NaN.
 */
export const meanOf = (values: readonly number[]): number => {
  let [total, lowest, highest] = [0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    total += value;
    lowest = Math.min(lowest, value);
    highest = Math.max(highest, value);
  }
  return Math.min(Math.max(total / values.length, lowest), highest);
};
