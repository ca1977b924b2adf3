import { expectNoLeak } from "@accord-rl/testing";
import { expect, test } from "vitest";
import { textDecisions } from "./index.ts";

test("prompts left, completions right, weights in the mask", async () => {
  const build = () =>
    textDecisions([
      { tokens: [3, 4, 5, 6], completionStart: 2, weight: 0.5 },
      { tokens: [7, 8], completionStart: 0 },
    ]);
  await expectNoLeak(build);
  const { observations, actions, mask } = build();
  expect(observations.tokenIds.arraySync()).toEqual([
    [3, 4, 5, 6],
    [0, 7, 8, 0],
  ]);
  expect(observations.tokenMask.arraySync()).toEqual([
    [1, 1, 1, 1],
    [0, 1, 1, 0],
  ]);
  expect(actions.arraySync()).toEqual([
    [5, 6],
    [8, 0],
  ]);
  expect(mask.arraySync()).toEqual([
    [0.5, 0.5],
    [1, 0],
  ]);
});

test("refuses an example without a completion, and an empty batch", () => {
  expect(() => textDecisions([{ tokens: [3], completionStart: 0 }])).toThrow(/example 0 has 1 tokens/);
  expect(() => textDecisions([{ tokens: [3, 4], completionStart: 2 }])).toThrow(/example 0 has 2 tokens/);
  expect(() => textDecisions([])).toThrow(/no sequence/);
});
