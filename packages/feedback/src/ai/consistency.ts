import { refuse } from "@accord-rl/core";
import { type Interval, wilsonInterval } from "@accord-rl/evaluation";

import type { AiLabel } from "./ai-labeler.ts";

export interface PositionConsistency extends Interval {
  /** Pairs judged in both orders. */
  readonly pairs: number;
  /** Mean of P(shown first is better) − ½: above 0 the labeler favours what it sees first. */
  readonly firstBias: number;
}

/**
 * The share of pairs whose two orders prefer the same response, with Wilson's 95% interval. An order at exactly ½
 * prefers neither, and does not agree.
 */
export const positionConsistency = (labels: readonly (AiLabel | null)[]): PositionConsistency => {
  const orders = labels.flatMap((label) => (label?.orders ? [label.orders] : []));
  if (orders.length === 0) {
    refuse(
      "positionConsistency",
      "labels",
      labels.length,
      "at least one label that was judged in both orders",
    );
  }
  const agree = orders.filter(([a, b]) => (a - 0.5) * (b - 0.5) > 0).length;
  const firstBias = orders.reduce((sum, [a, b]) => sum + (a - b) / 2, 0) / orders.length;
  return { ...wilsonInterval(agree, orders.length), pairs: orders.length, firstBias };
};
