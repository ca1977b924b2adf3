import { createRandom } from "@accord-rl/core";
import type { HeldOutSample } from "@accord-rl/recipes";
import { expect, test } from "vitest";
import type { Options } from "./options.ts";
import { summarize } from "./summary.ts";

const sample = (policy: string, gold: number, length: number): HeldOutSample => ({
  ...{ split: "heldOut", policy, prompt: "", response: "one two", gold, length },
  ...{ reward: 0, secondJudge: 0, klNats: 0, surprise: 1 },
});

/** Three answers of four are longer than before, and gold prefers whichever is longer. */
const longer = Array.from({ length: 80 }, (_, i) => (i % 4 === 0 ? -1 : 1));

const rates = (wins: readonly number[]) => {
  const samples = longer.flatMap((sign, i) => [
    sample("before", 0, 20),
    sample("after", wins[i]!, 20 + 10 * sign),
    sample("bestOf4", 0, 20),
  ]);
  const { heldOut } = summarize(samples, {
    sft: { before: 1, after: 1 },
    rewardModel: {
      ...{ heldOutAccuracy: 0, bagOfWordsAccuracy: 0, lengthBaselineAccuracy: 0, ece: 0, pairs: 0, bins: [] },
    },
    ...{ alarms: [], options: {} as Options, metric: "", backend: "", seconds: {}, random: createRandom(1) },
  });
  return { raw: heldOut.winRate.mean, controlled: heldOut.lengthControlledWinRate.mean };
};

test("a win rate that length explains shrinks towards even at equal length", () => {
  const { raw, controlled } = rates(longer);
  expect(raw).toBe(0.75);
  expect(controlled).toBeGreaterThan(0.4);
  expect(controlled).toBeLessThan(0.65);
});

test("a win rate that length does not explain stays", () => {
  // 45 wins of the 60 longer answers, 15 of the 20 shorter ones.
  const { raw, controlled } = rates(longer.map((_, i) => (Math.floor(i / 4) % 4 === 0 ? -1 : 1)));
  expect(raw).toBe(0.75);
  expect(controlled).toBeCloseTo(0.75, 2);
});
