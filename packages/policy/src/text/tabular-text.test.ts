import { createRandom, type Rollout, type TextObservations } from "@accord-rl/core";
import { expectNoLeak } from "@accord-rl/testing";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, describe, expect, test } from "vitest";
import { createTabularTextPolicy, createTabularTextValues, type TabularTextPolicy } from "./tabular-text.ts";

const language = { vocabularySize: 2, length: 2 };
/** After nothing, after 0, after 1. */
const table = [
  [0.25, 0.75],
  [0.5, 0.5],
  [0.9, 0.1],
];
const policy = createTabularTextPolicy({
  ...language,
  probabilities: (beginning) => table[beginning.length === 0 ? 0 : 1 + beginning[0]!]!,
});
afterAll(() => policy.dispose());

const rowsOf = async ({ probabilities }: TabularTextPolicy) => {
  const after = await probabilities();
  return [[], [0], [1]].map((beginning) => [...after(beginning)]);
};

/** One prompt token, then the response. */
const decisions = (responses: number[][]) => ({
  observations: {
    tokenIds: tf.tensor2d(
      responses.map((response) => [1, ...response]),
      undefined,
      "int32",
    ),
    tokenMask: tf.ones<tf.Rank.R2>([responses.length, 3]),
  },
  actions: tf.tensor2d(responses, undefined, "int32"),
});

describe("policy", () => {
  test("scores each token by the row of what was written before it", () => {
    const batch = decisions([
      [0, 1],
      [1, 0],
    ]);
    const { logProbs, entropy, distribution } = policy.evaluate(batch, { entropy: true, distribution: true });
    expect(logProbs).toBeAllClose([
      [Math.log(0.25), Math.log(0.5)],
      [Math.log(0.75), Math.log(0.9)],
    ]);
    // H(1/4, 3/4) = .562335, H(1/2, 1/2) = log 2, H(.9, .1) = .325083
    expect(entropy!).toBeAllClose([
      [0.562335, Math.LN2],
      [0.562335, 0.325083],
    ]);
    expect(distribution!.shape).toEqual([2, 2, 2]);
  });

  test("writes as its probabilities say, with the log-probs that it scores", async () => {
    expect(await rowsOf(policy)).toBeAllClose(table);
    const prompts = Array.from({ length: 4000 }, () => [1]);
    const { responses, logProbs } = await policy.generate(prompts, {
      maxNewTokens: 2,
      random: createRandom(3),
    });
    const share = (text: string) => responses.filter((response) => response.join("") === text).length / 4000;
    // Standard error of a share: √(.25/4000) = .008.
    expect(share("00")).toBeCloseTo(0.125, 1);
    expect(share("10")).toBeCloseTo(0.675, 1);
    const batch = decisions(responses.slice(0, 50).map((response) => [...response]));
    expect(policy.evaluate(batch).logProbs).toBeAllClose(logProbs.slice(0, 50).map((row) => [...row]));
    const greedy = await policy.generate([[1]], { maxNewTokens: 2, random: createRandom(3), greedy: true });
    expect([[...greedy.responses[0]!], greedy.isFullDistribution]).toEqual([[1, 0], false]);
  });

  test("refuses a length that the language has not, and a cut distribution", async () => {
    const random = createRandom(1);
    await expect(policy.generate([[1]], { maxNewTokens: 3, random })).rejects.toThrow("has 2 tokens");
    await expect(policy.generate([[1]], { maxNewTokens: 2, random, topK: 1 })).rejects.toThrow("topK 1");
    expect(() => createTabularTextPolicy({ vocabularySize: 0, length: 2 })).toThrow("vocabularySize");
  });

  test("a copy has its own parameters, restores, and leaves nothing behind", async () => {
    const copy = policy.clone();
    copy.parameters.logits!.assign(tf.zeros([3, 2]));
    expect(await rowsOf(policy)).toBeAllClose(table);
    expect((await rowsOf(copy))[2]).toBeAllClose([0.5, 0.5]);
    copy.restore(await policy.state());
    expect(await rowsOf(copy)).toBeAllClose(table);
    const batch = decisions([[0, 1]]);
    await expectNoLeak(() => policy.evaluate(batch, { entropy: true }));
    await expectNoLeak(
      async () => void (await policy.generate([[1]], { maxNewTokens: 2, random: createRandom(1) })),
    );
    copy.dispose();
  });
});

test("a longer language has a row for each beginning", async () => {
  const probabilities = (beginning: readonly number[]) => [
    1,
    2 + beginning.length,
    4 + (beginning.at(-1) ?? 0),
  ];
  const longer = createTabularTextPolicy({ vocabularySize: 3, length: 3, probabilities });
  expect(longer.parameters.logits!.shape).toEqual([1 + 3 + 9, 3]);
  const after = await longer.probabilities();
  for (const beginning of [[], [2], [0, 1], [2, 2]]) {
    const weights = probabilities(beginning);
    const total = weights[0]! + weights[1]! + weights[2]!;
    expect([...after(beginning)]).toBeAllClose(weights.map((weight) => weight / total));
  }
  longer.dispose();
});

test("values know each beginning and its successor, and 0 after the last token", () => {
  const values = createTabularTextValues(language);
  values.parameters.values!.assign(tf.tensor2d([[5], [6], [7]]));
  const batch = decisions([
    [0, 1],
    [1, 0],
  ]);
  expect(values.values(batch)).toBeAllClose([
    [5, 6],
    [5, 7],
  ]);
  const ends = tf.tensor2d([
    [0, 1],
    [0, 1],
  ]);
  const rollout = {
    ...batch,
    valid: tf.ones([2, 2]),
    terminated: ends,
  } as unknown as Rollout<TextObservations>;
  expect(values.valuesAndNext(rollout).nextValues).toBeAllClose([
    [6, 0],
    [7, 0],
  ]);
  values.dispose();
});
