import { createRandom, type TextModel } from "@accord-rl/core";
import { describe, expect, it } from "vitest";
import { createReviser } from "../constitution/revise.ts";
import { createTestModel, lastContent } from "../models/test-model.ts";
import { createAiLabeler } from "./ai-labeler.ts";
import { createDirectReward } from "./direct-reward.ts";
import { labelByScores } from "./label-by-scores.ts";
import { labelPairs } from "./label-pairs.ts";
import { helpfulnessPrompts } from "./prompt-sets/helpfulness.ts";
import { readByLetter } from "./read-preference.ts";
import { markedPrompts, pairOf } from "./test-judge.ts";
import { createVerdictReward, sentimentVerdict } from "./verdict-reward.ts";

const thought = "<think>\nResponse 1 is short, but it answers.\n</think>\n\n";
const pairs = [pairOf("Yes.", "No.")];

/** Writes a whole text word by word, as far as it may. */
const createWriter = (text: string) => {
  const limits: number[] = [];
  const model: TextModel = {
    name: "writer",
    complete: async (chats, { maxNewTokens }) =>
      chats.map(() => {
        limits.push(maxNewTokens);
        const tokens = text.split(/(?=\s)/);
        const written = tokens.slice(0, maxNewTokens);
        return {
          text: written.join(""),
          finished: written.length < maxNewTokens,
          outputTokens: written.length,
        };
      }),
  };
  return { model, limits };
};

describe("readByLetter", () => {
  const label = (model: TextModel, options: { thinkingTokens?: number; bothOrders?: boolean } = {}) =>
    labelPairs({
      labeler: createAiLabeler({
        model,
        prompt: markedPrompts,
        read: readByLetter,
        bothOrders: false,
        ...options,
      }),
      pairs,
    });

  it("takes no verdict from a thought that is cut off", async () => {
    for (const bothOrders of [false, true]) {
      const { labels, abstained, reasons } = await label(createWriter(`${thought}2`).model, {
        thinkingTokens: 0,
        bothOrders,
      });
      expect([labels, abstained]).toEqual([[null], 1]);
      expect(reasons).toEqual({ "the answer was cut off": 1 });
    }
  });

  it("gives a model that thinks more room, and reads what follows its thought", async () => {
    const { model, limits } = createWriter(`${thought}2`);
    const { labels } = await label(model);
    expect(labels[0]?.probability).toBe(0);
    expect(limits).toEqual([8, 8 + 4096]);
    // 8 tokens at first, then all 11: "<think>", "\nResponse", six words, "\n</think>" "\n" "\n2" and the first word.
    expect(labels[0]?.cost).toBe(8 + `${thought}2`.split(/(?=\s)/).length);
  });

  it("does not ask again where a model was only talkative, and takes no verdict from half a sentence", async () => {
    const { model, limits } = createWriter(
      "1 is not what I would choose, since it is too short; I choose 2.",
    );
    const { labels, reasons } = await label(model);
    expect([labels, limits]).toEqual([[null], [8]]);
    expect(reasons).toEqual({ "the answer was cut off": 1 });
  });

  it("says where an answer names no label", async () => {
    const { reasons } = await label(createWriter("Neither of them.").model);
    expect(reasons).toEqual({ "the answer names no label": 1 });
  });
});

describe("the probability of the labels", () => {
  const scoring = (...logProbs: number[]): TextModel => createTestModel({ score: () => logProbs });
  const little = { "the labels have too little probability": 1 };

  it("has to reach the minimum, or there is no label", async () => {
    const about = (p: number) => Math.log(p);
    const label = (model: TextModel, minimumProbability?: number) =>
      labelPairs({
        labeler: createAiLabeler({
          model,
          prompt: markedPrompts,
          bothOrders: false,
          ...(minimumProbability === undefined ? {} : { minimumProbability }),
        }),
        pairs,
      });
    // e^−17.8 = 2·10⁻⁸: the model is about to think.
    const thinking = await label(scoring(-17.8, Number.NEGATIVE_INFINITY));
    expect([thinking.labels, thinking.abstained, thinking.reasons]).toEqual([[null], 1, little]);
    expect((await label(scoring(about(0.06), about(0.03)))).labels).toEqual([null]); // 0.09 < 0.1
    expect((await label(scoring(about(0.08), about(0.04)))).labels[0]?.probability).toBeCloseTo(2 / 3, 12);
    expect((await label(scoring(about(0.06), about(0.03)), 0.05)).labels[0]?.probability).toBeCloseTo(
      2 / 3,
      12,
    );
    expect(() =>
      createAiLabeler({ model: scoring(0, 0), prompt: markedPrompts, minimumProbability: 1 }),
    ).toThrow(/minimumProbability is 1, expected a number from 0, below 1/);
  });

  it("holds for scores and verdicts, too", async () => {
    const unlikely = createTestModel({ score: (_, candidates) => candidates.map(() => -12) });
    for (const source of [
      createDirectReward({ model: unlikely, prompt: helpfulnessPrompts }),
      createVerdictReward({ model: unlikely, prompt: sentimentVerdict }),
    ]) {
      const { labels, reasons } = await labelPairs({ labeler: labelByScores({ source, name: "s" }), pairs });
      expect([labels, reasons]).toEqual([[null], little]);
    }
    const sure = createVerdictReward({ model: unlikely, prompt: sentimentVerdict, minimumProbability: 0 });
    expect(await sure([{ prompt: "", response: "r" }])).toEqual([0]);
  });
});

describe("reasons", () => {
  it("are shown without thoughts, and a thought that is cut off gives none", async () => {
    const chosen: string[][] = [];
    const model = (text: string, finished: boolean): TextModel => ({
      name: "m",
      complete: async (chats) => chats.map(() => ({ text, finished })),
      scoreCandidates: async (chats) =>
        chats.map((chat) => {
          chosen.push(chat.map(({ content }) => content));
          return [-0.1, -3];
        }),
    });
    const label = (given: TextModel) =>
      labelPairs({
        labeler: createAiLabeler({
          model: given,
          prompt: markedPrompts,
          chainOfThought: { maxNewTokens: 5 },
        }),
        pairs,
      });
    const whole = await label(model(`${thought}The first answers.`, true));
    expect(whole.labels[0]?.rationale).toBe("The first answers.");
    expect(chosen.flat().join()).not.toContain("<think>");
    chosen.length = 0;
    const cut = await label(model("<think>The first", false));
    expect([cut.labels, cut.reasons, chosen]).toEqual([[null], { "the answer was cut off": 1 }, []]);
  });
});

describe("revisions", () => {
  const principle = { name: "p", topic: "t", critique: "Critique?", revision: "Revise!", comparison: "?" };
  const constitution = { name: "c", principles: [principle] };

  it("hold no thought of the model, and show it none", async () => {
    const asked: string[] = [];
    const model = createTestModel({
      say: (chat) => {
        asked.push(...chat.map(({ content }) => content));
        return `${thought}about ${lastContent(chat)}`;
      },
    });
    const revise = createReviser({
      ...{ model, constitution, rounds: 1, exemplars: [], maxNewTokens: 9, thinkingTokens: 9 },
      ...{ random: createRandom(1), sampling: undefined },
    });
    const [revised] = await revise(["Q"]);
    expect(revised).toMatchObject({
      answer: "about Q",
      steps: [{ critique: "about Critique?", revision: "about Revise!" }],
    });
    expect(asked.join()).not.toContain("think>");
  });
});
