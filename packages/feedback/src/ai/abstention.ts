import type { AbstainOptions, Abstention } from "@accord-rl/core";
import type { Refused } from "../models/refusals.ts";

/** Why an answer gives no verdict. Few and fixed, so that they can be counted. */
export const cutOff: Abstention = { reason: "the answer was cut off" };
export const noLabel: Abstention = { reason: "the answer names no label" };
export const littleProbability: Abstention = { reason: "the labels have too little probability" };
export const refused = ({ refusal }: Refused): Abstention => ({
  reason: "the model refused",
  error: refusal,
});

/** Reasons of abstentions with their number, the most frequent first. */
export const countReasons = (reasons: Iterable<string>): Readonly<Record<string, number>> => {
  const counts = new Map<string, number>();
  for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return Object.fromEntries([...counts].sort(([, a], [, b]) => b - a));
};

/** Tells about each owner once, however many of its items get no answer. */
export const tellOnce = (
  onAbstain: AbstainOptions["onAbstain"],
  ownerOf: (index: number) => number,
): AbstainOptions => {
  const told = new Set<number>();
  return {
    onAbstain: (index, abstention) => {
      const owner = ownerOf(index);
      if (!told.has(owner)) onAbstain?.(owner, abstention);
      told.add(owner);
    },
  };
};
