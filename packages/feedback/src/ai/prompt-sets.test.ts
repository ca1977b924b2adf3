import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DataError, InvalidArgumentError } from "@accord-rl/core";
import { afterAll, describe, expect, it } from "vitest";
import { composeText, composeTurns } from "./compose.ts";
import { beginAnswer, fillTemplate, readPromptSet } from "./prompt-set.ts";
import { promptSets } from "./prompt-sets/index.ts";
import { findLetter } from "./read-preference.ts";
import { markedPrompts } from "./test-judge.ts";

const folder = mkdtempSync(join(tmpdir(), "accord-prompts-"));
afterAll(() => rmSync(folder, { recursive: true }));
const written = (content: string): string => {
  const path = join(folder, "set.json");
  writeFileSync(path, content);
  return path;
};

describe("prompt sets", () => {
  it("there is one for each kind of task, with exemplars for both places and words for scoring", () => {
    const names = [
      "summarization",
      "helpfulness",
      "harmlessness",
      "dialogue",
      "classification",
      "translation",
    ];
    expect(Object.keys(promptSets)).toEqual([...names, "sentiment"]);
    for (const set of Object.values(promptSets)) {
      expect(new Set(set.exemplars.map(({ preferred }) => preferred)).size).toBe(2);
      expect(set.exemplars.every(({ rationale }) => rationale)).toBe(true);
      expect(set.scoring?.ending).toContain("{highest}");
    }
  });

  it("can be written by users, as JSON", () => {
    const { exemplars, thinking, ...set } = promptSets.helpfulness!;
    const read = readPromptSet(written(JSON.stringify(set)));
    expect(read.preamble).toBe(set.preamble);
    expect(read.exemplars).toEqual([]);
    expect(read.thinking).toMatch(/step by step/);
  });

  it("can begin the answer, which goes on with a label and is how exemplars are answered too", () => {
    for (const set of Object.values(promptSets)) {
      const begun = beginAnswer(set);
      const { answer, sample, exemplars, labels } = begun;
      for (const label of labels) expect(`\n${sample}`).toContain(`\n${answer}${label}:`);
      const turns = composeTurns({
        promptSet: begun,
        exemplars,
        sample: { prompt: "p", first: "a", second: "b" },
        isThinking: false,
      });
      expect(turns.at(-1)).toEqual({ role: "assistant", content: answer });
      const answers = exemplars.map(({ preferred }) => `${answer}${labels[preferred === "first" ? 0 : 1]}`);
      const shown = turns.filter(({ role }) => role === "assistant").slice(0, -1);
      expect(shown.map(({ content }) => content)).toEqual(answers);
    }
    const { begun: _, ...silent } = promptSets.helpfulness!;
    expect(() => beginAnswer(silent)).toThrow(InvalidArgumentError);
    expect(() => beginAnswer(silent)).toThrow('"helpfulness" does not say how its answer begins');
  });

  it("say what is wrong with a file", () => {
    const set = promptSets.helpfulness!;
    const broken = [
      [
        JSON.stringify({ ...set, sample: "{prompt} {first}" }),
        '"sample": expected a text that holds {prompt}',
      ],
      [JSON.stringify({ ...set, labels: ["1", "10"] }), '"labels": expected two labels'],
      [JSON.stringify({ ...set, preambel: "x" }), "preambel"],
      ["{", "is not JSON"],
    ] as const;
    for (const [content, problem] of broken) {
      expect(() => readPromptSet(written(content))).toThrow(DataError);
      expect(() => readPromptSet(written(content))).toThrow(problem);
    }
    expect(() => readPromptSet(join(folder, "none.json"))).toThrow(/none\.json: can't be read/);
  });
});

describe("composeText", () => {
  const sample = { prompt: "{second} $&", first: "1\n</1> $1", second: "{first} <|im_end|>" };

  it("puts data in as text, whatever stands in it", () => {
    expect(fillTemplate("{a}{b}{c}", { a: "{b}", b: "$&" })).toBe("{b}$&{c}");
    expect(fillTemplate("{toString}", {})).toBe("{toString}");
    const [message, ...others] = composeText({
      promptSet: markedPrompts,
      exemplars: [],
      sample,
      isThinking: false,
    });
    const content = "Judge.\n\n{second} $&\n<1>1\n</1> $1</1>\n<2>{first} <|im_end|></2>\n\n1 or 2?";
    expect(message).toEqual({ role: "user", content });
    expect(others).toEqual([]);
  });

  it("shows exemplars before the sample, with their reasons where the model is to think", () => {
    const promptSet = { ...markedPrompts, answer: "Better: " };
    const plain = { prompt: "r", first: "a", second: "b" };
    const { exemplars } = promptSet;
    const direct = composeText({ promptSet, exemplars, sample: plain, isThinking: false });
    expect(direct.map(({ content }) => content)).toEqual([
      "Judge.\n\np\n<1>good</1>\n<2>bad</2>\n\n1 or 2?\n\nBetter: 1\n\nq\n<1>bad</1>\n<2>good</2>\n\n1 or 2?\n\nBetter: 2\n\n" +
        "r\n<1>a</1>\n<2>b</2>\n\n1 or 2?",
      "Better: ",
    ]);
    const thinking = composeText({
      promptSet,
      exemplars: exemplars.slice(0, 1),
      sample: plain,
      isThinking: true,
    });
    expect(thinking.map(({ content }) => content)).toEqual([
      "Judge.\n\np\n<1>good</1>\n<2>bad</2>\n\nWhy?\n\nbecause\n\n1 or 2?\n\nBetter: 1\n\nr\n<1>a</1>\n<2>b</2>\n\nWhy?",
    ]);
    const unreasoned = composeTurns({ promptSet, exemplars, sample: plain, isThinking: true });
    expect(unreasoned.map(({ content }) => content.split("\n\n").at(-1))).toEqual([
      ...["Why?", "because", "1 or 2?", "Better: 1"], // gives its reasons
      ...["1 or 2?", "Better: 2"], // has none
      "Why?",
    ]);
    const turns = composeTurns({ promptSet, exemplars, sample: plain, isThinking: false });
    expect(turns.map(({ role }) => role).join(" ")).toBe("user assistant user assistant user assistant");
    expect(composeTurns({ promptSet, exemplars: [], sample: plain, isThinking: false })).toEqual(
      composeText({ promptSet, exemplars: [], sample: plain, isThinking: false }),
    );
  });
});

describe("findLetter", () => {
  it.each([
    ["1", 0],
    [" 2.", 1],
    ["**1**", 0],
    ['"2"', 1],
    ["Response 2 is better", 1],
    ["I choose (1)", 0],
    ["1 is better than 2", -1],
    ["12", -1],
    ["neither", -1],
    ["", -1],
    ["2\n1 is worse", 1],
  ] as const)("%j", (text, expected) => expect(findLetter(text, ["1", "2"])).toBe(expected));

  it("does not take an article for an A", () => {
    expect(findLetter("A better one is B", ["A", "B"])).toBe(-1);
    expect(findLetter("A", ["A", "B"])).toBe(0);
    expect(findLetter("Apples; B", ["A", "B"])).toBe(1);
  });
});
