import { InvalidArgumentError, type Random, requireLength } from "@accord-rl/core";
import { bootstrapInterval, type Interval } from "@accord-rl/evaluation";

export interface ResamplingOptions {
  readonly random: Random;
  /** Probability that the interval covers the truth. Default 0.95. */
  readonly level?: number;
  /** Default 1000. */
  readonly resamples?: number;
}

const attempts = 100;

/**
 * Bootstrap over items of any kind: what belongs to one item (both orders of a pair, all labels of it) stays together,
 * so that differences within items are paired.
 *
 * @param statistic  null where it is undefined on a resample, which is then drawn again.
 * @throws InvalidArgumentError where it is undefined on the items themselves, or on nearly every resample.
 */
export const resampledInterval = <Item>(
  items: readonly Item[],
  statistic: (items: readonly Item[]) => number | null,
  { random, level = 0.95, resamples = 1000 }: ResamplingOptions,
): Interval => {
  requireLength("resampledInterval", "items", items.length);
  const indices = items.map((_, index) => index);
  const compute = (picked: readonly number[]): number => {
    let chosen = picked;
    for (let attempt = 0; attempt < attempts; attempt++) {
      const value = statistic(chosen.map((index) => items[index] as Item));
      if (value !== null) return value;
      if (picked === indices) break;
      chosen = indices.map(() => random.integer(indices.length));
    }
    throw new InvalidArgumentError({
      argument: "items",
      value: items.length,
      message: `resampledInterval: the statistic is undefined on ${picked === indices ? "the items" : "nearly all resamples"}; more or other items are needed`,
    });
  };
  const estimate = compute(indices);
  const { low, high } = bootstrapInterval(indices, { random, level, resamples, statistic: compute });
  return { estimate, low, high };
};
