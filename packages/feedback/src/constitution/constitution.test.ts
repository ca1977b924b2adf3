import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRandom, DataError, ModelError } from "@accord-rl/core";
import { afterAll, describe, expect, it } from "vitest";
import { pairOf } from "../ai/test-judge.ts";
import { openAnswerCache } from "../models/answer-cache.ts";
import { cacheAnswers } from "../models/cached-model.ts";
import { createTestModel, lastContent } from "../models/test-model.ts";
import { readConstitution } from "./constitution.ts";
import { createConstitutionLabeler, principlePrompts } from "./constitution-labeler.ts";
import { critiqueAndRevise } from "./critique-and-revise.ts";
import { defaultConstitution } from "./default-constitution.ts";
import { revisionRecords } from "./revision-records.ts";

const folder = mkdtempSync(join(tmpdir(), "accord-constitution-"));
afterAll(() => rmSync(folder, { recursive: true }));
const written = (name: string, content: string): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};

const small = {
  name: "small",
  principles: ["a", "b", "c"].map((name) => ({
    name,
    topic: "t",
    critique: `critique ${name}?`,
    revision: `revise ${name}!`,
    comparison: `Which is more ${name}?`,
  })),
};

describe("the default constitution", () => {
  it("covers its topics with at least 16 different principles, each in three forms", () => {
    const { principles } = defaultConstitution;
    expect(principles.length).toBeGreaterThanOrEqual(16);
    expect(new Set(principles.map(({ topic }) => topic))).toEqual(
      new Set(["harmlessness", "privacy", "honesty", "transparency", "helpfulness"]),
    );
    for (const field of ["name", "critique", "revision", "comparison"] as const) {
      expect(new Set(principles.map((principle) => principle[field])).size).toBe(principles.length);
    }
    expect(readConstitution(written("default.json", JSON.stringify(defaultConstitution)))).toEqual(
      defaultConstitution,
    );
  });
});

describe("readConstitution", () => {
  it("reads Markdown", () => {
    const principles = small.principles.map(
      ({ name, topic, critique, revision, comparison }) =>
        `## ${topic}: ${name}\n\n- Critique: ${critique.split(" ").join("\n  ")}\n- **Revision:** ${revision}\n* Comparison: ${comparison}\n`,
    );
    const text = ["# small", "", "What this is about.", "", ...principles].join("\n");
    expect(readConstitution(written("small.md", text))).toEqual(small);
  });

  it("says where a file is wrong", () => {
    const broken = [
      ["x.md", "# c\n## t: a\n- Critic: x\n", 'x.md:3: "Critic", expected one of'],
      ["x.md", "# c\n## nothing\n", 'x.md:2: "nothing", expected "topic: name"'],
      ["x.md", "# c\n- Critique: x\n", 'x.md:2: "Critique" stands before the first principle'],
      ["x.md", "# c\n## t: a\nwords\n", "x.md:3: text that belongs to no field"],
      ["x.md", "# c\n## t: a\n- Critique: x\n- Revision: y\n", '"principles.0.comparison"'],
      ["x.md", "", '"principles"'],
      [
        "x.json",
        JSON.stringify({ ...small, principles: [small.principles[0], small.principles[0]] }),
        "names that differ",
      ],
      ["x.json", "[", "is not JSON"],
    ] as const;
    for (const [name, content, problem] of broken) {
      const path = written(name, content);
      expect(() => readConstitution(path)).toThrow(DataError);
      expect(() => readConstitution(path)).toThrow(problem);
    }
  });
});

/** Says what it was asked, so that each stage can be seen in the answer. */
const createEcho = () =>
  createTestModel({
    say: (conversation) => {
      const last = lastContent(conversation);
      if (last.startsWith("refuse"))
        throw new ModelError({ model: "m", message: "too long", isRefusal: true });
      if (last.startsWith("critique")) return ` bad by ${last.at(-2)} `;
      return last.startsWith("revise") ? `${conversation.at(-4)!.content}+${last.at(-2)}` : `re: ${last}`;
    },
  });

describe("critiqueAndRevise", () => {
  const prompts = ["p1", "p2", "p3"];

  it("answers, criticises by a drawn principle, and revises, round by round", async () => {
    const model = createEcho();
    const { revised } = await critiqueAndRevise({
      ...{ model, constitution: small, prompts, rounds: 2, random: createRandom(1) },
    });
    revised.forEach(({ prompt, answer, steps, usage }, i) => {
      expect([prompt, answer]).toEqual([prompts[i], `re: ${prompts[i]}`]);
      const [one, two] = steps.map(({ principle }) => principle);
      expect(one).not.toBe(two); // none twice before all were used
      expect(steps).toEqual([
        { principle: one, critique: `bad by ${one}`, revision: `${answer}+${one}` },
        { principle: two, critique: `bad by ${two}`, revision: `${answer}+${one}+${two}` },
      ]);
      expect(usage.outputTokens).toBe(5);
    });
    const [first] = revised;
    const name = first!.steps[0]!.principle;
    expect(model.asked).toContainEqual([
      { role: "user", content: "p1" },
      { role: "assistant", content: "re: p1" },
      { role: "user", content: `critique ${name}?` },
      { role: "assistant", content: `bad by ${name}` },
      { role: "user", content: `revise ${name}!` },
    ]);
  });

  it("draws for each prompt by itself, whatever stands beside it, and all principles in the long run", async () => {
    const draw = async (own: readonly string[], batchSize: number) => {
      const options = { model: createEcho(), constitution: small, rounds: 1, random: createRandom(4) };
      const { revised } = await critiqueAndRevise({ ...options, prompts: own, batchSize });
      return new Map(revised.map(({ prompt, steps }) => [prompt, steps[0]!.principle]));
    };
    const many = Array.from({ length: 60 }, (_, i) => `p${i}`);
    const [all, some] = [await draw(many, 8), await draw(["p7", "p3"], 1)];
    expect(some.get("p3")).toBe(all.get("p3"));
    expect(some.get("p7")).toBe(all.get("p7"));
    expect(new Set(all.values()).size).toBe(3);
  });

  it("goes on where it was stopped, and asks nothing twice", async () => {
    const path = join(folder, "answers.jsonl");
    const reference = await critiqueAndRevise({
      model: createEcho(),
      constitution: small,
      prompts,
      random: createRandom(1),
    });
    const asked: unknown[] = [];
    const controller = new AbortController();
    const run = async (onProgress: () => void) => {
      const cache = openAnswerCache(path);
      const model = createEcho();
      try {
        return await critiqueAndRevise({
          ...{ model: cacheAnswers({ model, cache }), constitution: small, prompts, random: createRandom(1) },
          ...{ batchSize: 1, onProgress, signal: controller.signal },
        });
      } finally {
        asked.push(...model.asked.map((conversation) => JSON.stringify(conversation)));
        cache.close();
      }
    };
    await expect(run(() => controller.abort(new Error("stopped")))).rejects.toThrow("stopped");
    const before = asked.length;
    expect(before).toBe(9); // one answer, four critiques, four revisions
    const cache = openAnswerCache(path);
    const model = createEcho();
    const options = {
      model: cacheAnswers({ model, cache }),
      constitution: small,
      prompts,
      random: createRandom(1),
    };
    expect(await critiqueAndRevise(options)).toEqual(reference);
    cache.close();
    asked.push(...model.asked.map((conversation) => JSON.stringify(conversation)));
    expect(asked).toHaveLength(27);
    expect(new Set(asked).size).toBe(27);
  });

  it("shows exemplars of critiques, samples where it is told to, and leaves out what the model refuses", async () => {
    const model = createTestModel({
      say: (conversation, random) => {
        if (lastContent(conversation) === "refuse") {
          throw new ModelError({ model: "m", message: "too long", isRefusal: true });
        }
        return lastContent(conversation).startsWith("critique") ? `${random!.uniform()}` : "x";
      },
    });
    const exemplar = { prompt: "e", answer: "ea", critique: "ec", revision: "er" };
    const { revised, failures } = await critiqueAndRevise({
      ...{ model, constitution: small, prompts: ["p", "refuse", "q"], rounds: 1, exemplars: [exemplar] },
      ...{ random: createRandom(1), sampling: createRandom(2) },
    });
    expect(revised.map(({ prompt }) => prompt)).toEqual(["p", "q"]);
    expect(failures.map(({ index }) => index)).toEqual([1]);
    const critique = model.asked.find((turns) => turns.length === 9)!.map(({ content }) => content);
    const shown = ["e", "ea", critique[2], "ec", critique[4], "er", "p", "x", critique[2]];
    expect(critique).toEqual(shown);
    expect(critique[2]).toMatch(/^critique/);
    expect(critique[4]).toMatch(/^revise/);
    expect(Number(revised[0]!.steps[0]!.critique)).toBeGreaterThan(0);
  });
});

describe("revisionRecords", () => {
  const usage = { inputTokens: 0, outputTokens: 0 };
  const step = (revision: string) => ({ principle: "a", critique: "c", revision });
  const revised = [
    { prompt: "p", answer: "x", steps: [step("r1"), step("")], usage },
    { prompt: "q", answer: "y", steps: [step("s1"), step("s2")], usage },
  ];

  it("takes all revisions that say something, and the helpful answers", () => {
    const helpful = [{ prompt: "h", completion: "i" }];
    const shown = (records: readonly { prompt: string; completion: string }[]) =>
      records.map(({ prompt, completion }) => `${prompt}:${completion}`);
    expect(shown(revisionRecords(revised, { helpful }))).toEqual(["p:r1", "q:s1", "q:s2", "h:i"]);
    expect(shown(revisionRecords(revised, { lastOnly: true }))).toEqual(["p:r1", "q:s2"]);
    const shuffled = shown(revisionRecords(revised, { helpful, random: createRandom(3) }));
    expect([...shuffled].sort()).toEqual(["h:i", "p:r1", "q:s1", "q:s2"]);
  });
});

describe("createConstitutionLabeler", () => {
  const model = createTestModel({
    say: () => "reasons",
    score: (conversation) =>
      JSON.stringify(conversation).indexOf("good") < JSON.stringify(conversation).indexOf("bad")
        ? [0, -9]
        : [-9, 0],
  });
  const pairs = Array.from({ length: 40 }, (_, i) => pairOf("good", "bad", `${i}`));
  const swapped = pairs.map(({ prompt }) => pairOf("bad", "good", prompt));

  it("asks by one drawn principle for a pair, whatever its order, and names it", async () => {
    const labeler = createConstitutionLabeler({ model, constitution: small, random: createRandom(1) });
    const [labels, exchanged] = [await labeler.label(pairs), await labeler.label(swapped)];
    expect(exchanged.map((label) => label!.source)).toEqual(labels.map((label) => label!.source));
    expect(new Set(labels.map((label) => label!.source))).toEqual(
      new Set(["a", "b", "c"].map((name) => `ai:test-model:small/${name}`)),
    );
    const flipped = exchanged.map((label) => 1 - label!.probability);
    expect(flipped).toEqual(labels.map((label) => label!.probability));
    expect(labels[0]!.probability).toBeGreaterThan(0.99);
    const prompts = principlePrompts({ constitution: small, random: createRandom(1) });
    expect(prompts(pairs[0]!).ending).toMatch(/^Which is more [abc]\? Answer with 1 or 2 alone\.$/);
  });

  it("holds probabilities within 0.4 and 0.6 where it thinks first", async () => {
    const options = {
      model,
      constitution: small,
      random: createRandom(1),
      chainOfThought: { maxNewTokens: 9 },
    };
    const labels = await createConstitutionLabeler(options).label([...pairs, ...swapped]);
    expect(new Set(labels.map((label) => label!.probability))).toEqual(new Set([0.6, 0.4]));
    expect(labels[0]!.rationale).toBe("reasons");
    const free = await createConstitutionLabeler({ ...options, confidenceLimit: 1 }).label(pairs);
    expect(free[0]!.probability).toBeGreaterThan(0.99);
  });
});
