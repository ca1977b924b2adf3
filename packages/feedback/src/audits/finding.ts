import { requireLength } from "@accord-rl/core";
import type { Interval } from "@accord-rl/evaluation";

import { type ResamplingOptions, resampledInterval } from "../statistics/resampling.ts";

/** What an audit found: a number that is 0 for a labeler without the bias. */
export interface AuditFinding extends Interval {
  /** Which bias, in a word or two. */
  readonly audit: string;
  /** What the number is. */
  readonly measure: string;
  /** Probability that the interval covers the truth. */
  readonly level: number;
  /** How many independent items it rests on. */
  readonly samples: number;
  /** The whole interval lies beyond the tolerance, on one side of 0. */
  readonly isFlagged: boolean;
  /** What to do where it is flagged. */
  readonly advice: string;
  /** Further numbers that help to read it. */
  readonly details: Readonly<Record<string, number>>;
}

export interface AuditOptions extends ResamplingOptions {
  /** The largest bias that doesn't matter, in the unit of the measure. Default 0. */
  readonly tolerance?: number;
}

/** Fewer items than this and a bootstrap's interval is too short to be believed. */
export const minimumSamples = 20;

/** Estimates a bias over items, with its interval, and says whether it is there. */
export const findBias = <Item>(
  items: readonly Item[],
  statistic: (items: readonly Item[]) => number | null,
  about: Pick<AuditFinding, "audit" | "measure" | "advice" | "details">,
  { tolerance = 0, ...resampling }: AuditOptions,
): AuditFinding => {
  requireLength(`the audit of ${about.audit}`, "items", items.length, minimumSamples);
  const { estimate, low, high } = resampledInterval(items, statistic, resampling);
  return {
    ...about,
    estimate,
    low,
    high,
    level: resampling.level ?? 0.95,
    samples: items.length,
    isFlagged: low > tolerance || high < -tolerance,
  };
};

/** Σx/n of some property. */
export const meanOf = <Item>(items: readonly Item[], value: (item: Item) => number): number =>
  items.reduce((sum, item) => sum + value(item), 0) / items.length;
