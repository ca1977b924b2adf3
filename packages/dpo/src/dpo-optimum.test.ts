import type { PreferencePair } from "@accord-rl/core";
import { adam, linearSchedule } from "@accord-rl/learning";
import type { TabularPolicy } from "@accord-rl/testing";
import { afterEach, describe, expect, test } from "vitest";
import { createDpo, dpoLoss } from "./index.ts";
import { createPolicy, exactPairs, layOut, responseProbabilities } from "./test-language.ts";
import { disposeParts, later } from "./test-parts.ts";

afterEach(disposeParts);

/** Descends to the minimum, where the gradient is exact and small: no noise. */
const optimum = async (
  policy: TabularPolicy,
  { reference, data, beta }: { reference: TabularPolicy; data: PreferencePair[]; beta: number },
) => {
  const updates = 100;
  const optimizer = adam({ learningRate: linearSchedule({ from: 0.3, to: 0, steps: updates }) });
  const dpo = createDpo({ policy, reference, loss: dpoLoss({ beta }), optimizer, layOut });
  for (let update = 0; update < updates; update++) await dpo.update(data);
  dpo.dispose();
};

describe("on exact Bradley-Terry preferences DPO reaches the Gibbs optimum", () => {
  test.each([
    [1, [0.179, 0.291944, 0.529056]],
    [0.5, [0.036667, 0.162559, 0.800774]],
  ])("one token out of three, β = %d", async (beta, expected) => {
    const policy = later(createPolicy([[0.5, 0.3, 0.2]]));
    const data = exactPairs([[0], [1], [2]], [0, 1, 2]);
    await optimum(policy, { reference: later(policy.clone()), data, beta });
    expect((await policy.probabilities())[0]!).toBeAllClose(expected, { atol: 0.005 });
  });

  const twoTokens = [
    [0, 0],
    [0, 1],
    [1, 0],
    [1, 1],
  ];
  const gibbs = [0.142937, 0.388543, 0.257286, 0.211234];

  test("two tokens: the KL is that of whole responses", async () => {
    const policy = later(createPolicy());
    const data = exactPairs(twoTokens, [0, 1, 0, 2]);
    await optimum(policy, { reference: later(policy.clone()), data, beta: 1 });
    expect(await responseProbabilities(policy)).toBeAllClose(gibbs, { atol: 0.005 });
  });

  test("with the labels the wrong way round it ends elsewhere", async () => {
    const policy = later(createPolicy());
    const data = exactPairs(twoTokens, [0, 1, 0, 2]).map((pair) => ({
      ...pair,
      probability: 1 - pair.probability!,
    }));
    await optimum(policy, { reference: later(policy.clone()), data, beta: 1 });
    const learned = await responseProbabilities(policy);
    expect(Math.max(...learned.map((value, i) => Math.abs(value - gibbs[i]!)))).toBeGreaterThan(0.1);
  });
});
