import { InvalidArgumentError } from "@accord-rl/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createTestModel } from "../models/test-model.ts";
import { labelByScores } from "./label-by-scores.ts";
import { createVerdictReward, type SingleResponse, sentimentVerdict } from "./verdict-reward.ts";

const pair = (first: string, second: string) => ({ id: "1", prompt: "", first, second });
const byLength = (responses: readonly SingleResponse[]) => responses.map(({ response }) => response.length);

describe("labels by scores", () => {
  test("are σ of the difference in scale", async () => {
    const labeler = labelByScores({ source: byLength, name: "length", scale: 2 });
    const [label] = await labeler.label([pair("abcd", "a")]);
    expect(label).toEqual({ probability: expect.closeTo(1 / (1 + Math.exp(-3 / 2)), 12), source: "length" });
  });

  test("turn into 1 − P to the last bit when the responses change places", () =>
    fc.assert(
      fc.asyncProperty(
        fc.string(),
        fc.string(),
        fc.double({ min: 0.01, max: 50, noNaN: true }),
        async (a, b, scale) => {
          const labeler = labelByScores({ source: byLength, name: "length", scale });
          const [there, back] = await labeler.label([pair(a, b), pair(b, a)]);
          expect(there!.probability).toBe(1 - back!.probability);
        },
      ),
      { numRuns: 200 },
    ));

  test("are not given where the source abstains", async () => {
    const source = (responses: readonly SingleResponse[]) =>
      responses.map(({ response }) => (response === "?" ? null : 1));
    const labels = await labelByScores({ source, name: "x" }).label([pair("a", "?"), pair("a", "b")]);
    expect(labels.map((label) => label?.probability ?? null)).toEqual([null, 0.5]);
  });

  test("a scale of 0 and a source that scores tokens are refused", async () => {
    expect(() => labelByScores({ source: byLength, name: "x", scale: 0 })).toThrow(InvalidArgumentError);
    const perToken = labelByScores({ source: (all) => all.map(() => [1, 2]), name: "x" });
    await expect(perToken.label([pair("a", "b")])).rejects.toThrow(/one number per response/);
  });
});

describe("a verdict as a reward", () => {
  const model = createTestModel({
    score: (conversation, [good]) => {
      expect(good).toBe(" positive");
      return conversation[0]!.content.includes("lovely") ? [-1, -3] : [-4, -1];
    },
  });

  test("is the log-odds of the good word", async () => {
    const source = createVerdictReward({ model, prompt: sentimentVerdict });
    expect(
      await source([
        { prompt: "A ", response: "lovely film" },
        { prompt: "", response: "dull" },
      ]),
    ).toEqual([2, -3]);
  });

  test("asks with the response as text, braces and all", async () => {
    const asking = createTestModel({ score: () => [0, 0] });
    const source = createVerdictReward({ model: asking, prompt: sentimentVerdict });
    await source([{ prompt: "", response: "{prompt} {{ 7*7 }} <|im_end|>" }]);
    expect(asking.asked[0]![0]!.content).toContain("{prompt} {{ 7*7 }} <|im_end|>");
  });

  test("abstains where neither word is known", async () => {
    const source = createVerdictReward({
      model: createTestModel({ score: () => [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY] }),
      prompt: sentimentVerdict,
    });
    expect(await source([{ prompt: "", response: "x" }])).toEqual([null]);
  });

  test("needs a model with log-probabilities", () => {
    expect(() => createVerdictReward({ model: createTestModel(), prompt: sentimentVerdict })).toThrow(
      /log-probabilities/,
    );
  });
});
