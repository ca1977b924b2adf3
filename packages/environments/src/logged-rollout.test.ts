import { disposeRollout } from "@accord-rl/core";
import { expectNoLeak } from "@accord-rl/testing";
import { expect, test } from "vitest";
import { type LoggedResponse, loggedRollout } from "./index.ts";

const logged: LoggedResponse[] = [
  { prompt: [5], response: [6, 7], reward: 1 },
  { prompt: [5, 6], response: [8], reward: -1 },
  { prompt: [9], response: [6, 7, 8], reward: [0.5, 0, -2] },
];

test("the reward at the last token, or at each, and no log-probs of whoever wrote it", () => {
  const rollout = loggedRollout(logged, { promptLength: 3 });
  expect(rollout.observations.tokenIds.arraySync()).toEqual([
    [0, 0, 5, 6, 7, 0],
    [0, 5, 6, 8, 0, 0],
    [0, 0, 9, 6, 7, 8],
  ]);
  expect(rollout.rewards).toBeAllClose([
    [0, 1, 0],
    [-1, 0, 0],
    [0.5, 0, -2],
  ]);
  expect(rollout.terminated).toBeAllClose([
    [0, 1, 0],
    [1, 0, 0],
    [0, 0, 1],
  ]);
  expect(rollout.mask).toBeAllClose(rollout.valid);
  expect(rollout.behaviourLogProbs).toBeUndefined();
  disposeRollout(rollout);
});

test("leaves nothing behind but the rollout", async () => {
  await expectNoLeak(() => disposeRollout(loggedRollout(logged)));
});

test.each<[string, LoggedResponse[], RegExp]>([
  ["nothing", [], /got no prompts/],
  ["an empty response", [{ prompt: [1], response: [], reward: 1 }], /response 0 has 0 tokens/],
  ["too few rewards", [{ prompt: [1], response: [2, 3], reward: [1] }], /2 tokens.* 1 rewards/],
])("refuses %s", (_, given, message) => {
  expect(() => loggedRollout(given)).toThrow(message);
});
