import type { Random } from "@accord-rl/core";
import { bootstrapInterval, type Interval, pairedDifferenceInterval } from "@accord-rl/evaluation";

/** A mean with its 95 % interval. */
export interface Limits {
  readonly mean: number;
  readonly low95: number;
  readonly high95: number;
}

const withLimits = ({ estimate, low, high }: Interval): Limits => ({
  mean: estimate,
  low95: low,
  high95: high,
});

/** Bootstrap over requests. */
export const limitsOfMean = (values: readonly number[], random: Random): Limits =>
  withLimits(bootstrapInterval(values, { random }));

/** after − before, request by request. */
export const limitsOfDifference = (
  before: readonly number[],
  after: readonly number[],
  random: Random,
): Limits => withLimits(pairedDifferenceInterval(before, after, { random }));
