import { createRandom, InvalidArgumentError, ModelError } from "@accord-rl/core";
import { describe, expect, it } from "vitest";
import { createTestModel } from "../models/test-model.ts";
import { createAiLabeler } from "./ai-labeler.ts";
import { composeTurns } from "./compose.ts";
import { positionConsistency } from "./consistency.ts";
import { readByLetter, readByLogProbs } from "./read-preference.ts";
import { createBiasedJudge, markedPrompts, pairOf, shownIn } from "./test-judge.ts";

const goodness = (text: string) => (text.includes("good") ? 1 : 0);
const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

describe("createAiLabeler", () => {
  it("averages the two orders of a pair: a place that is favoured cancels", async () => {
    const labeler = createAiLabeler({ model: createBiasedJudge(goodness, 0.5), prompt: markedPrompts });
    const [label] = await labeler.label([pairOf("good", "bad")]);
    // Shown first: σ(1 + ½ − 0); shown second: the label of the other is ahead by ½ − 1.
    const [shownFirst, shownSecond] = [sigmoid(1.5), 1 - sigmoid(-0.5)];
    expect(label?.orders).toBeAllClose([shownFirst, shownSecond], { rtol: 1e-12 });
    expect(label?.probability).toBeCloseTo((shownFirst + shownSecond) / 2, 12);
    expect(label?.source).toBe("ai:test-model:marked");
    expect(label?.cost).toBe(label!.usage.inputTokens + label!.usage.outputTokens);
    expect(label!.usage.outputTokens).toBe(2);
  });

  it("turns around exactly when the responses are exchanged", async () => {
    const random = createRandom(7);
    const logits = new Map<string, readonly [number, number]>();
    /** Any logits at all, the same for the same question: extreme, tiny, equal, unreported. */
    const draw = (): number =>
      [random.normal(), random.normal() * 40, random.normal() * 1e-9, -1, Number.NEGATIVE_INFINITY][
        random.integer(5)
      ]!;
    const model = createTestModel({
      score: (conversation) => {
        const key = JSON.stringify(conversation);
        if (!logits.has(key)) logits.set(key, [draw(), draw()]);
        return logits.get(key)!;
      },
    });
    const pairs = Array.from({ length: 400 }, (_, i) =>
      pairOf(`${random.integer(6)}`, `${random.integer(6)}`, `${i}`),
    );
    for (const confidenceLimit of [1, 0.6]) {
      const labeler = createAiLabeler({ model, prompt: markedPrompts, confidenceLimit });
      const labels = await labeler.label(pairs);
      const exchanged = await labeler.label(
        pairs.map((pair) => pairOf(pair.second, pair.first, pair.prompt)),
      );
      labels.forEach((label, i) => {
        const other = exchanged[i]!;
        expect(label === null).toBe(other === null);
        if (!label || !other) return;
        expect(other.probability).toBe(1 - label.probability);
        expect(label.probability).toBe(1 - other.probability);
        expect(Math.abs(label.probability - 0.5)).toBeLessThanOrEqual(confidenceLimit - 0.5);
        if (pairs[i]!.first === pairs[i]!.second) expect(label.probability).toBe(0.5);
      });
      const judged = labels.filter((label) => label !== null).length;
      expect(judged).toBeGreaterThan(300);
      expect(judged).toBeLessThan(400);
    }
  });

  it("turns around exactly with sampled reasons, too", async () => {
    const model = createTestModel({
      say: (_, random) => `${random!.uniform()}`,
      score: (conversation) => [
        Math.sin(JSON.stringify(conversation).length * 7.7),
        -Number(conversation.at(-2)!.content),
      ],
    });
    const options = { samples: 3, chainOfThought: { maxNewTokens: 20 } };
    const labelOf = async (first: string, second: string) => {
      const random = createRandom(3);
      return (
        await createAiLabeler({ model, prompt: markedPrompts, random, ...options }).label([
          pairOf(first, second),
        ])
      )[0]!;
    };
    const [label, exchanged] = [await labelOf("x", "yy"), await labelOf("yy", "x")];
    expect(label.probability).not.toBe(0.5);
    expect(exchanged.probability).toBe(1 - label.probability);
  });

  it("abstains where a label can't be read in one of the orders", async () => {
    const none = Number.NEGATIVE_INFINITY;
    const score = (first: string): [number, number] =>
      first === "mute" ? [none, none] : first === "odd" ? [Number.NaN, 0] : [0, none];
    const model = createTestModel({ score: (conversation) => score(shownIn(conversation)[0]) });
    const labeler = createAiLabeler({ model, prompt: markedPrompts });
    const labels = await labeler.label([pairOf("mute", "x"), pairOf("x", "odd"), pairOf("x", "y")]);
    expect(labels.slice(0, 2)).toEqual([null, null]);
    expect(labels[2]?.orders).toEqual([1, 0]); // always what stands first: no preference
    expect(labels[2]?.probability).toBe(0.5);
  });

  it("asks for reasons first, and chooses with them in view", async () => {
    const model = createTestModel({ say: () => " A reason. ", score: () => [0, 0] });
    const labeler = createAiLabeler({
      model,
      prompt: markedPrompts,
      chainOfThought: { maxNewTokens: 30 },
      exemplars: 1,
      compose: composeTurns,
    });
    const [label] = await labeler.label([pairOf("a", "b")]);
    expect(label?.rationale).toBe("A reason.");
    const shown = [
      ["user", "Judge.\n\np\n<1>good</1>\n<2>bad</2>\n\nWhy?"],
      ["assistant", "because"],
      ["user", "1 or 2?"],
      ["assistant", "1"],
      ["user", "Q\n<1>a</1>\n<2>b</2>\n\nWhy?"],
    ];
    const asTurns = (at: number) => model.asked[at]!.map(({ role, content }) => [role, content]);
    expect(asTurns(0)).toEqual(shown);
    expect(asTurns(2)).toEqual([...shown, ["assistant", "A reason."], ["user", "1 or 2?"]]);
    expect(model.calls).toEqual([2, 2]);
  });

  it("reads letters where there are no log-probabilities, or on demand", async () => {
    const { name, complete } = createBiasedJudge(goodness, 2);
    const greedy = createAiLabeler({ model: { name, complete }, prompt: markedPrompts, bothOrders: false });
    const pairs = [pairOf("good", "bad"), pairOf("bad", "good")];
    expect((await greedy.label(pairs)).map((label) => [label?.probability, label?.orders])).toEqual([
      [1, null],
      [1, null], // the place wins: what averaged log-probabilities put right
    ]);
    const model = createBiasedJudge(goodness, 2);
    const letters = createAiLabeler({ model, prompt: markedPrompts, read: readByLetter });
    expect((await letters.label(pairs)).map((label) => label?.probability)).toEqual([0.5, 0.5]);
    const soft = await createAiLabeler({ model, prompt: markedPrompts }).label(pairs);
    expect(soft[0]!.probability).toBeGreaterThan(0.55);
    expect(soft[1]!.probability).toBeLessThan(0.45);
    const mute = createAiLabeler({ model: { name, complete }, prompt: markedPrompts, read: readByLogProbs });
    await expect(mute.label(pairs)).rejects.toThrow(ModelError);
  });

  it("averages the votes of several samples", async () => {
    const model = createTestModel({ say: (_, random) => (random!.uniform() < 0.8 ? "1" : "nothing to say") });
    const labeler = createAiLabeler({
      model,
      prompt: markedPrompts,
      read: readByLetter,
      samples: 20,
      random: createRandom(1),
      bothOrders: false,
    });
    const [label] = await labeler.label([pairOf("a", "b")]);
    expect(label?.probability).toBe(1); // unreadable votes don't count
    expect(label?.usage.outputTokens).toBe(20);
  });

  it("takes the words for a pair from a function, of different labels too", async () => {
    const letters = { ...markedPrompts, name: "letters", labels: ["A", "B"] as [string, string] };
    const model = createTestModel({ score: (_, [label]) => (label === "A" ? [0, -20] : [-20, 0]) });
    const labeler = createAiLabeler({
      model,
      prompt: ({ prompt }) => (prompt === "x" ? letters : markedPrompts),
      bothOrders: false,
    });
    const labels = await labeler.label([pairOf("a", "b", "x"), pairOf("a", "b", "y")]);
    expect(labels.map((label) => label!.probability > 0.5)).toEqual([true, false]);
    expect(labels.map((label) => label?.source)).toEqual(["ai:test-model:letters", "ai:test-model:marked"]);
  });

  it("refuses what can't be", () => {
    const base = { model: createBiasedJudge(goodness, 0), prompt: markedPrompts };
    const random = createRandom(1);
    const bad = [
      { samples: 0 },
      { samples: 2 },
      { samples: 2, random },
      { exemplars: -1 },
      { confidenceLimit: 0.5 },
      { confidenceLimit: Number.NaN },
      { chainOfThought: { maxNewTokens: 0 } },
    ];
    for (const options of bad)
      expect(() => createAiLabeler({ ...base, ...options })).toThrow(InvalidArgumentError);
  });

  it("refuses more exemplars than there are", async () => {
    const labeler = createAiLabeler({
      model: createBiasedJudge(goodness, 0),
      prompt: markedPrompts,
      exemplars: 3,
    });
    await expect(labeler.label([pairOf("a", "b")])).rejects.toThrow("exemplars is 3, expected at most 2");
  });
});

describe("positionConsistency", () => {
  it("counts the pairs whose orders agree, and shows where the labeler leans", async () => {
    const quality = (text: string) => Number(text);
    const labeler = createAiLabeler({ model: createBiasedJudge(quality, 1.5), prompt: markedPrompts });
    // Differences 3, −3 and 2 outweigh the place; 1 and 0 do not.
    const pairs = [pairOf("3", "0"), pairOf("0", "3"), pairOf("2", "0"), pairOf("1", "0"), pairOf("1", "1")];
    const consistency = positionConsistency([...(await labeler.label(pairs)), null]);
    expect(consistency.estimate).toBe(3 / 5);
    expect(consistency.pairs).toBe(5);
    expect(consistency.low).toBeGreaterThan(0.2);
    expect(consistency.high).toBeLessThan(0.9);
    expect(consistency.firstBias).toBeGreaterThan(0.1);
    expect(() => positionConsistency([null])).toThrow(InvalidArgumentError);
  });
});
