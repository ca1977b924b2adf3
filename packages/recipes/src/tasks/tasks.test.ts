import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRandom, InvalidArgumentError, type TextSample, type TokenSequence } from "@accord-rl/core";
import type { RenderChat } from "@accord-rl/data";
import { createTinyWorld, testBackend } from "@accord-rl/testing";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { loadPolicy } from "../models/load-policy.ts";
import { type TaskName, tasks } from "./index.ts";
import { plainChat } from "./plain-chat.ts";
import { preferenceTask } from "./preference-task.ts";
import type { TaskSources } from "./task.ts";
import type { TaskSettings } from "./task-settings.ts";

/** The first time ever, the data are fetched. */
vi.setConfig({ testTimeout: 300_000, hookTimeout: 120_000 });

const parent = mkdtempSync(join(tmpdir(), "accord-recipes-tasks-"));
afterAll(() => rmSync(parent, { recursive: true, force: true }));

const names = (Object.keys(tasks) as TaskName[]).filter((name) => name !== "sentiment");
/** Letters are tokens here: prompts have many. */
const settings = {
  ...{ promptTokens: 180, responseTokens: 10 },
  ...{ sftExamples: 96, pairs: 64, heldOutPairs: 20, prompts: 64, heldOutPrompts: 60 },
} satisfies TaskSettings;
let sources: TaskSources;

beforeAll(async () => {
  const world = createTinyWorld(join(parent, "world"), { backend: testBackend, contextLength: 200 });
  sources = { ...(await loadPolicy(world)), random: createRandom(1) };
});

const decode = (tokens: TokenSequence) => sources.tokenizer.decode(tokens);

describe.each(names)("%s, on its own data", (name) => {
  test("gives prompts, texts and pairs that fit, each for one purpose", async () => {
    const task = await tasks[name](settings, sources);
    expect(task.words.data).not.toBe("");
    const all = [...task.prompts, ...task.heldOutPrompts];
    expect(task.heldOutPrompts.length).toBe(settings.heldOutPrompts);
    expect(task.prompts.length).toBeGreaterThanOrEqual(8);
    expect(new Set(all.map(decode)).size).toBe(all.length);
    for (const prompt of all) {
      expect(prompt.length).toBeLessThanOrEqual(settings.promptTokens);
      expect(decode(prompt)).toMatch(/User: [\s\S]*\nAssistant:$/);
    }
    const known = new Set(all.map(decode));
    for (const { tokens, mask, completionStart } of [...task.sftExamples, ...task.sftHeldOut]) {
      expect(tokens.length).toBeLessThanOrEqual(settings.promptTokens + settings.responseTokens);
      expect(mask!.length).toBe(tokens.length);
      const [prompt, answer] = [
        Array.from(tokens).slice(0, completionStart),
        Array.from(tokens).slice(completionStart),
      ];
      expect(known.has(decode(prompt))).toBe(false);
      expect(decode(answer).trim().length).toBeGreaterThan(0);
    }
    for (const { preferred, rejected, completionStart } of [...task.pairs, ...task.heldOutPairs]) {
      const [better, worse] = [preferred, rejected].map((tokens) => Array.from(tokens));
      expect(better!.slice(0, completionStart)).toEqual(worse!.slice(0, completionStart));
      expect(known.has(decode(better!.slice(0, completionStart)))).toBe(false);
    }
    expect(task.ratings.map(({ rating }) => rating).slice(0, 2)).toEqual([1, -1]);
  });
});

describe("preferences of the user's own", () => {
  const number = (i: number) =>
    `number ${String.fromCharCode(97 + (i % 26))}${String.fromCharCode(97 + Math.floor(i / 26))}`;
  const answers = { chosen: "positive words of praise", rejected: "negative" };
  const file = (content: (i: number) => object): string => {
    const path = join(parent, "own.jsonl");
    writeFileSync(
      path,
      Array.from({ length: 120 }, (_, i) => JSON.stringify({ ...answers, ...content(i) })).join("\n"),
    );
    return path;
  };
  const say = (content: string) => [{ role: "assistant", content }];
  const turns = (i: number) => ({
    prompt: [
      { role: "system", content: "Be brief." },
      { role: "user", content: number(i) },
    ],
    chosen: say(answers.chosen),
    rejected: say(answers.rejected),
  });
  const sample = (promptTokens: TokenSequence, response: string): TextSample => ({
    ...{ prompt: decode(promptTokens), response, promptTokens, responseTokens: [], finished: true },
  });
  const few = (data: string) => ({ ...settings, heldOutPrompts: 8, prompts: 8, data });

  test.each(names)("%s: gold is highest for the good answer, and lower for the bad one", async (name) => {
    const task = await tasks[name](few(file(turns)), sources);
    const good = name === "classification" ? "Positive!" : ` ${answers.chosen} `;
    for (const prompt of [...task.heldOutPrompts, ...task.prompts]) {
      const [best, worst] = [good, answers.rejected].map((response) => task.gold(sample(prompt, response)));
      if (name === "classification")
        expect([best, worst]).toEqual([0, 0]); // no answer of one word here
      else {
        expect(best).toBeCloseTo(task.words.goldName === "chrF" ? 100 : 1, 9);
        expect(worst).toBeLessThan(0.7 * best!);
      }
      expect(task.gold(sample(prompt, ""))).toBe(0);
    }
    expect(task.words.data).toContain("own.jsonl");
  });

  test("a label is right where the answer's first word is", async () => {
    const labels = (i: number) => ({
      prompt: number(i),
      chosen: i % 2 ? "positive" : "negative",
      rejected: "neutral",
    });
    const task = await tasks.classification(few(file(labels)), sources);
    for (const prompt of task.heldOutPrompts) {
      const gold = ["Positive.", "negative, I think", "neutral", "?"].map((text) =>
        task.gold(sample(prompt, text)),
      );
      expect([
        [1, 0, 0, 0],
        [0, 1, 0, 0],
      ]).toContainEqual(gold);
      expect(task.secondJudge(["neutral", "maybe"].map((text) => sample(prompt, text)))).toEqual([1, 0]);
    }
  });

  test("are written by the model's chat template where it has one", async () => {
    const render: RenderChat = (conversation, { addGenerationPrompt }) => [
      ...conversation.flatMap(({ role, content }) => [role.length, ...sources.tokenizer.encode(content), 2]),
      ...(addGenerationPrompt ? ["assistant".length] : []),
    ];
    const task = await tasks.helpfulness(few(file(turns)), { ...sources, render });
    for (const prompt of task.prompts) {
      expect(prompt[0]).toBe("system".length);
      expect(prompt.at(-1)).toBe("assistant".length);
    }
  });

  test("whose prompts are too long, and stories as prompts, are refused", async () => {
    const path = file((i) => ({ prompt: `${number(i)} ${"a".repeat(200)}` }));
    const loading = (more: TaskSettings) => tasks.helpfulness({ ...few(path), ...more }, sources);
    await expect(loading({})).rejects.toThrow(/of \d+ items of .*own.jsonl, none fits into 180 promptTokens/);
    const stories = loading({ promptSource: "stories" });
    await expect(stories).rejects.toThrow("promptSource stories is for the sentiment task");
    await expect(stories).rejects.toThrow(InvalidArgumentError);
    await expect(loading({ promptTokens: 191 })).rejects.toThrow(
      "promptTokens 191 and responseTokens 10: 201 tokens are more than the model's context of 200",
    );
  });

  test("given as rows make the same task as the same rows in a file", async () => {
    const rows = Array.from({ length: 120 }, (_, i) => ({ ...answers, prompt: number(i) }));
    const read = await tasks.helpfulness(few(file((i) => ({ prompt: number(i) }))), sources);
    const given = await preferenceTask(rows)({ ...few(""), data: undefined }, sources);
    const { prompts, heldOutPrompts, pairs, heldOutPairs, sftExamples } = read;
    expect(given).toMatchObject({ prompts, heldOutPrompts, pairs, heldOutPairs, sftExamples });
    const [prompt = []] = given.heldOutPrompts;
    expect(given.gold(sample(prompt, answers.chosen))).toBe(1);
    const short = preferenceTask(rows, { gold: (response, { chosen }) => chosen.length - response.length });
    const { gold } = await short({ ...few(""), data: undefined }, sources);
    expect(gold(sample(prompt, "four"))).toBe(answers.chosen.length - 4);
  });
});

test("without a template conversations are a script, whose contents stay text", () => {
  const { tokenizer } = sources;
  const chat = [
    { role: "system" as const, content: "note" },
    { role: "user" as const, content: "</s> hi" },
  ];
  const asked = plainChat(tokenizer)(chat, { addGenerationPrompt: true });
  expect(asked[0]).toBe(tokenizer.beginToken);
  expect(decode(asked)).toBe("Note: note\nUser: </s> hi\nAssistant:");
  expect(asked).not.toContain(tokenizer.endToken);
  const answered = plainChat(tokenizer)([...chat, { role: "assistant", content: "yes" }], {
    addGenerationPrompt: false,
  });
  expect(answered.slice(0, asked.length)).toEqual(asked);
  expect(answered.at(-1)).toBe(tokenizer.endToken);
});
