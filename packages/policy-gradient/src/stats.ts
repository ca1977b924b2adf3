import type { Stats } from "@accord-rl/core";
import { meanStats, requireFiniteStats } from "@accord-rl/learning";

export type Numbers = Readonly<Record<string, number>>;

/** What one optimizer step gives. */
export type StepNumbers = Numbers & Record<"loss" | "gradientNorm" | "ratioDeviation", number>;

/** Whether the policy has moved beyond a limit, compared as a step compares it: in float32. */
export const hasMovedTooFar = ({ approxKl }: Numbers, limit: number): boolean =>
  approxKl !== undefined && approxKl > Math.fround(limit);

/**
 * An update's numbers: those of the batch, the means of those of its steps, and what was set.
 *
 * @throws NonFiniteError that names the first one that is NaN or infinite.
 */
export const summarize = (
  batch: Numbers,
  steps: readonly StepNumbers[],
  settings: Readonly<Record<string, number | undefined>>,
  learner: { readonly name: string; readonly update: number },
): Stats => {
  // How far scoring is from what was sampled is a matter of the first step alone.
  const { ratioDeviation } = { ...steps[0], ...batch };
  const stats: Record<string, number> = { ...batch, ...meanStats(steps), ratioDeviation: ratioDeviation! };
  requireFiniteStats(stats, learner);
  for (const [name, value] of Object.entries(settings)) if (value !== undefined) stats[name] = value;
  return stats;
};
