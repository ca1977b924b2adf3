import type { Interval } from "./bootstrap.ts";

/** A mean with its 95 % interval, as summaries hold it. */
export interface Limits {
  readonly mean: number;
  readonly low95: number;
  readonly high95: number;
}

/** An interval at the default level, in a summary's words. */
export const withLimits = ({ estimate, low, high }: Interval): Limits => ({
  mean: estimate,
  low95: low,
  high95: high,
});
