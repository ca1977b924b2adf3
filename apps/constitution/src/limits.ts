import type { Random } from "@accord-rl/core";
import { bootstrapInterval, type Limits, pairedDifferenceInterval, withLimits } from "@accord-rl/evaluation";

/** Bootstrap over requests. */
export const limitsOfMean = (values: readonly number[], random: Random): Limits =>
  withLimits(bootstrapInterval(values, { random }));

/** after − before, request by request. */
export const limitsOfDifference = (
  before: readonly number[],
  after: readonly number[],
  random: Random,
): Limits => withLimits(pairedDifferenceInterval(before, after, { random }));
