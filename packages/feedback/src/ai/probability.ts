/**
 * A lean v = P(first) − P(second) in [−1, 1] as the probability of the first, held within [1 − limit, limit].
 *
 * The larger of the two is rounded, and the other is 1 minus it, which is exact: f(v) + f(−v) = 1 to the last bit.
 */
export const probabilityOf = (lean: number, limit = 1): number => {
  const larger = Math.min(0.5 + Math.abs(lean) / 2, limit);
  return lean >= 0 ? larger : 1 - larger;
};
