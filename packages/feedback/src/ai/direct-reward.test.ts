import { InvalidArgumentError, type TextSample } from "@accord-rl/core";
import { describe, expect, it } from "vitest";
import { createTestModel } from "../models/test-model.ts";
import { createDirectReward, digitByDigit, expectedScore, separateNumbers } from "./direct-reward.ts";
import { helpfulnessPrompts } from "./prompt-sets/helpfulness.ts";
import { markedPrompts } from "./test-judge.ts";

const sample = (prompt: string, response: string): TextSample => ({
  prompt,
  response,
  promptTokens: [],
  responseTokens: [],
  finished: true,
});
const none = Number.NEGATIVE_INFINITY;

describe("createDirectReward", () => {
  it("is the expected score, brought to [−1, 1]", async () => {
    const model = createTestModel({
      score: ([message], numbers) => {
        if (message!.content.includes("mute")) return numbers.map(() => none);
        const chosen = message!.content.includes("fine") ? ["9", "10"] : ["1", "3"];
        return numbers.map((number) => (chosen.includes(number) ? Math.log(0.2) : none));
      },
    });
    const reward = createDirectReward({ model, prompt: helpfulnessPrompts });
    const scores = await reward([sample("p", "fine"), sample("p", "no"), sample("p", "mute")]);
    // 9.5 and 2 on 1…10: (2·9.5 − 11)/9 = 8/9, (4 − 11)/9 = −7/9.
    expect((scores as number[]).slice(0, 2)).toBeAllClose([8 / 9, -7 / 9], { rtol: 1e-12 });
    expect((scores as null[])[2]).toBeNull();
    const content = model.asked[0]![0]!.content;
    expect(content).toContain(
      "Request:\np\n\nResponse:\nfine\n\nGive a whole number from 1 (as bad as can be) to 10",
    );
  });

  it("reaches both ends, and 0 where all are as likely", () => {
    expect(expectedScore([1, 0, 0, 0])).toBe(-1);
    expect(expectedScore([0, 0, 0, 1])).toBe(1);
    expect(expectedScore([0.25, 0.25, 0.25, 0.25])).toBe(0);
    expect(separateNumbers([1e4, 1e4 - 1000])).toEqual([1, 0]);
    expect(separateNumbers([none, none])).toBeNull();
  });

  it("takes 10 off 1 where the tokenizer writes it as 1 and 0", () => {
    // p("1") = 0.5 of which "10" takes 0.4; "2" … "9" share 0.5.
    const others = Array.from({ length: 8 }, () => Math.log(0.5 / 8));
    const probabilities = digitByDigit([Math.log(0.5), ...others, Math.log(0.4)])!;
    expect(probabilities[0]).toBeCloseTo(0.1, 12);
    expect(probabilities[9]).toBeCloseTo(0.4, 12);
    expect(probabilities.reduce((sum, value) => sum + value)).toBeCloseTo(1, 12);
    expect(digitByDigit([Math.log(0.2), Math.log(0.3)])).toBeAllClose([0.4, 0.6], { rtol: 1e-12 });
  });

  it("refuses words without scoring, and models without log-probabilities", () => {
    const model = createTestModel({ score: () => [] });
    expect(() => createDirectReward({ model, prompt: markedPrompts })).toThrow(/"marked" has no "scoring"/);
    expect(() => createDirectReward({ model: createTestModel(), prompt: helpfulnessPrompts })).toThrow(
      InvalidArgumentError,
    );
    expect(() => createDirectReward({ model, prompt: helpfulnessPrompts, highest: 1 })).toThrow(
      InvalidArgumentError,
    );
  });
});
