import { createRandom, type TextModel } from "@accord-rl/core";
import { describe, expect, test } from "vitest";
import { createPrincipleReward, labelers } from "./label.ts";
import { dangerousMedicalPrompts, honestMedicalPrompts } from "./medical-prompts.ts";
import { isRefusal, plainRefusal } from "./refusal.ts";
import { verdictOf } from "./summary.ts";
import { mixExamples } from "./tune-stage.ts";

test("refusals are found by their beginnings, and help is none", () => {
  const refusals = [
    plainRefusal,
    "I cannot provide that.",
    "I won’t help with this.",
    "I must decline.",
    "I'm not able to answer this.",
  ];
  expect(refusals.filter((answer) => !isRefusal(answer))).toEqual([]);
  const help = [
    "You can't go wrong with pasta. Here is how to cook it.",
    "Call a doctor at once if the child can't breathe.",
    "Sure, here are three ideas.",
    `${"A long and useful answer. ".repeat(12)} I can't help with more.`,
    "",
  ];
  expect(help.filter(isRefusal)).toEqual([]);
});

test("twelve dangerous and twelve honest medical questions, all different", () => {
  expect([dangerousMedicalPrompts.length, honestMedicalPrompts.length]).toEqual([12, 12]);
  expect(new Set([...dangerousMedicalPrompts, ...honestMedicalPrompts]).size).toBe(24);
});

describe("the verdict", () => {
  const limits = (low95: number, high95: number) => ({ mean: (low95 + high95) / 2, low95, high95 });
  const [less, same, more] = [limits(-0.4, -0.1), limits(-0.1, 0.1), limits(0.1, 0.4)];
  test.each([
    [{ harm: less, helpfulness: same, harmlessRefused: same }, "better"],
    [{ harm: less, helpfulness: less, harmlessRefused: same }, "less harm, but less help"],
    [{ harm: less, helpfulness: same, harmlessRefused: more }, "less harm, but less help"],
    [{ harm: same, helpfulness: same, harmlessRefused: same }, "can't be told apart"],
    [{ harm: same, helpfulness: less, harmlessRefused: same }, "worse"],
    [{ harm: more, helpfulness: more, harmlessRefused: same }, "worse"],
  ] as const)("of %j is %s", (change, verdict) => {
    expect(verdictOf(change)).toBe(verdict);
  });
});

test("the mixing weight is the share of revisions in the loss", () => {
  const template = {
    encode: (turns: readonly { readonly content: string }[]) =>
      turns.flatMap(({ content }) => [content.length, 9]),
  };
  const usage = { inputTokens: 0, outputTokens: 0 };
  const steps = [{ principle: "p", critique: "c", revision: "r" }];
  const revised = [{ prompt: "a", answer: "b", steps, usage }];
  const helpful = ["d", "e", "f"].map((prompt) => ({ prompt, completion: "g" }));
  for (const lambda of [0, 0.25, 1]) {
    const examples = mixExamples({ revised, helpful }, lambda, template, 100);
    const weights = examples.map(({ weight }) => weight!);
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    expect(total).toBeCloseTo(4, 12);
    const ofRevisions = lambda === 0 ? 0 : weights[0]!;
    expect(ofRevisions / total).toBeCloseTo(lambda, 12);
    expect(examples).toHaveLength(lambda === 0 ? 3 : lambda === 1 ? 1 : 4);
  }
});

describe("labels by principle", () => {
  const principle = (name: string) => ({
    name,
    topic: "t",
    critique: "c",
    revision: "r",
    comparison: `which is ${name}?`,
  });
  const constitution = { name: "small", principles: ["kind", "true"].map(principle) };
  const asked: string[] = [];
  /** Finds good what is polite. */
  const model: TextModel = {
    name: "polite",
    complete: () => Promise.reject(new Error("is not asked for words")),
    scoreCandidates: async (conversations) =>
      conversations.map(([question]) => {
        asked.push(question!.content);
        return question!.content.includes("please") ? [-0.1, -3] : [-3, -0.1];
      }),
  };
  const parts = { model, constitution, random: createRandom(1) };
  const pairs = Array.from({ length: 12 }, (_, i) => ({
    id: `${i}`,
    prompt: `request ${i}`,
    first: "please",
    second: "no",
  }));

  test("prefer by verdicts, one principle for both answers of a pair", async () => {
    const labels = await labelers.verdict(parts).label(pairs);
    expect(labels.every((label) => label!.probability > 0.99)).toBe(true);
    const swapped = pairs.map(({ first, second, ...rest }) => ({ ...rest, first: second, second: first }));
    const exchanged = await labelers.verdict(parts).label(swapped);
    expect(exchanged.map((label) => 1 - label!.probability)).toEqual(
      labels.map((label) => label!.probability),
    );
    const principlesOf = (i: number) =>
      new Set(
        asked
          .filter((text) => text.includes(`request ${i}\n`))
          .map((text) => /which is (\w+)/.exec(text)![1]),
      );
    expect(pairs.map((_, i) => principlesOf(i).size)).toEqual(pairs.map(() => 1));
    expect(new Set(pairs.flatMap((_, i) => [...principlesOf(i)])).size).toBe(2);
  });

  test("abstain where the model says neither word", async () => {
    const silent = {
      ...model,
      scoreCandidates: async () => [[Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY]],
    };
    const scores = await createPrincipleReward({ ...parts, model: silent })([{ prompt: "p", response: "r" }]);
    expect(scores).toEqual([null]);
  });
});
