import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  createRandom,
  InvalidArgumentError,
  interpret,
  type TextSample,
  type TokenSequence,
} from "@accord-rl/core";
import type { RenderChat } from "@accord-rl/data";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { loadPolicy } from "./load-policy.ts";
import { options } from "./options.ts";
import { plainChat } from "./plain-chat.ts";
import { type TaskName, taskLengths, tasks } from "./tasks/index.ts";
import type { TaskSources } from "./tasks/task.ts";
import { backend, readSamples, readSummary, runRlhf } from "./test-app.ts";
import { createWorld, type World } from "./test-world.ts";

/** Whole runs of some seconds each, on a machine that may be busy; the first ever also fetch the data. */
vi.setConfig({ testTimeout: 300_000, hookTimeout: 120_000 });

const parent = mkdtempSync(join(tmpdir(), "accord-rlhf-tasks-"));
afterAll(() => rmSync(parent, { recursive: true, force: true }));

const names = (Object.keys(tasks) as TaskName[]).filter((name) => name !== "sentiment");
/** Letters are tokens here: prompts have many. */
const lengths = ["--prompt-tokens", "180", "--response-tokens", "10"];
let world: World;
let sources: TaskSources;

beforeAll(async () => {
  world = await createWorld(join(parent, "world"), backend, { length: 200 });
  const values = (await options.parse([...flagsOf(), "--out", join(parent, "none")]))!;
  const loaded = await loadPolicy(values, () => {});
  sources = { ...loaded, random: createRandom(1), log: () => {}, compile: interpret };
});

const flagsOf = (...more: readonly string[]): string[] => {
  const at = world.flags.indexOf("--data");
  return [...world.flags.toSpliced(at, 2), ...lengths, ...more];
};
const parse = async (...more: readonly string[]) =>
  (await options.parse([...flagsOf(...more), "--out", join(parent, "none")]))!;
const decode = (tokens: TokenSequence) => sources.tokenizer.decode(tokens);

describe.each(names)("%s, on its own data", (name) => {
  test("gives prompts, texts and pairs that fit, each for one purpose", async () => {
    const values = await parse("--task", name);
    const task = await tasks[name](values, sources);
    expect(task.words.data).not.toBe("");
    const all = [...task.prompts, ...task.heldOutPrompts];
    expect(task.heldOutPrompts.length).toBe(values.evaluationPrompts);
    expect(task.prompts.length).toBeGreaterThanOrEqual(values.prompts);
    expect(new Set(all.map(decode)).size).toBe(all.length);
    for (const prompt of all) {
      expect(prompt.length).toBeLessThanOrEqual(values.promptTokens);
      expect(decode(prompt)).toMatch(/User: [\s\S]*\nAssistant:$/);
    }
    const known = new Set(all.map(decode));
    for (const { tokens, mask, completionStart } of [...task.sftExamples, ...task.sftHeldOut]) {
      expect(tokens.length).toBeLessThanOrEqual(values.promptTokens + values.responseTokens);
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

  test("runs from end to end, and reports its metric before and after", async () => {
    const folder = join(parent, name);
    const small = {
      sftSteps: 4,
      rewardPairs: 16,
      heldOutPairs: 8,
      iterations: 2,
      prompts: 4,
      evaluationPrompts: 6,
    };
    const flags = Object.entries(small).flatMap(([flag, value]) => [
      `--${flag.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`,
      String(value),
    ]);
    const finished = await runRlhf([...flagsOf(...flags), "--task", name, "--out", folder]);
    expect(finished).toMatchObject({ code: 0, errors: "" });
    const { task, metric, heldOut } = readSummary(folder);
    expect(task).toBe(name);
    expect(finished.output).toContain(`gold (${metric}), after − before:`);
    expect(heldOut.prompts).toBe(6);
    const samples = readSamples(folder);
    expect(samples).toHaveLength(18);
    for (const { gold, secondJudge, prompt } of samples) {
      for (const score of [gold, secondJudge]) expect(score).toBeGreaterThanOrEqual(0);
      expect(gold).toBeLessThanOrEqual(metric === "chrF" ? 100 : 1);
      expect(prompt).toContain("User: ");
    }
    const { mean, low95, high95 } = heldOut.goldDifference;
    expect(mean).toBeCloseTo(heldOut.after.gold - heldOut.before.gold, 9);
    expect(low95).toBeLessThanOrEqual(mean);
    expect(high95).toBeGreaterThanOrEqual(mean);
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
  const few = ["--evaluation-prompts", "8", "--prompts", "2", "--iterations", "2", "--data"];

  test.each(names)("%s: gold is highest for the good answer, and lower for the bad one", async (name) => {
    const task = await tasks[name](await parse("--task", name, ...few, file(turns)), sources);
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
    const task = await tasks.classification(
      await parse("--task", "classification", ...few, file(labels)),
      sources,
    );
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
    const values = await parse("--task", "helpfulness", ...few, file(turns));
    const task = await tasks.helpfulness(values, { ...sources, render });
    for (const prompt of task.prompts) {
      expect(prompt[0]).toBe("system".length);
      expect(prompt.at(-1)).toBe("assistant".length);
    }
  });

  test("whose prompts are too long, and stories as prompts, are refused", async () => {
    const path = file((i) => ({ prompt: `${number(i)} ${"a".repeat(200)}` }));
    const loading = async (...more: string[]) =>
      tasks.helpfulness(await parse("--task", "helpfulness", ...more), sources);
    await expect(loading(...few, path)).rejects.toThrow(
      /of \d+ items of .*own.jsonl, none fits into --prompt-tokens 180/,
    );
    await expect(loading("--prompt-source", "stories")).rejects.toThrow(
      "--prompt-source stories is for --task sentiment",
    );
    await expect(loading("--prompt-source", "stories")).rejects.toThrow(InvalidArgumentError);
  });
});

test("lengths come with the task, and flags override them", async () => {
  const of = (...argv: string[]) =>
    options.parse(["--preset", "tiny", "--out", join(parent, "none"), ...argv]);
  expect(await of()).toMatchObject({ task: "sentiment", promptTokens: 6, responseTokens: 8 });
  expect(await of("--task", "summarization")).toMatchObject(taskLengths.summarization);
  expect(await of("--task", "dialogue", "--prompt-tokens", "50")).toMatchObject({
    promptTokens: 50,
    responseTokens: 32,
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
