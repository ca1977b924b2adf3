import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { findLetter } from "./ai/read-preference.ts";
import { readConstitution } from "./constitution/constitution.ts";
import { eventData } from "./models/event-stream.ts";
import { candidateLogProbs } from "./models/openai-answer.ts";
import { withoutThoughts } from "./models/thoughts.ts";

const folder = mkdtempSync(join(tmpdir(), "accord-linear-"));
afterAll(() => rmSync(folder, { recursive: true }));

const readMarkdown = (text: string): void => {
  const path = join(folder, "constitution.md");
  writeFileSync(path, text);
  try {
    readConstitution(path);
  } catch {
    // What it says is not asked here.
  }
};
const readToken = (token: string) =>
  candidateLogProbs({ logprobs: { content: [{ token, logprob: -1, top_logprobs: [] }] } }, ["1"]);
const letter = (text: string) => findLetter(text, ["1", "2"]);

/** Milliseconds of this process's own work, so that other programs don't count; the least of several tries. */
const fastest = (work: () => unknown): number =>
  Math.min(
    ...Array.from({ length: 5 }, () => {
      const begun = process.cpuUsage();
      work();
      const { user, system } = process.cpuUsage(begun);
      return (user + system) / 1000;
    }),
  );

it.each<[string, (text: string) => unknown, (n: number) => string]>([
  ["a token of spaces", readToken, (n) => `x${" ".repeat(n)}x`],
  ["a token of word signs", readToken, (n) => `x${"▁".repeat(n)}x`],
  ["a label and spaces", letter, (n) => `1${" ".repeat(n)}x`],
  ["a label and lines", letter, (n) => `1${" \n".repeat(n / 2)}2 1`],
  ["many labels in words", letter, (n) => "x1x2".repeat(n / 4)],
  ["many quotes", letter, (n) => `${'"'.repeat(n)}x`],
  ["thoughts that open", withoutThoughts, (n) => "<think>".repeat(n / 7)],
  ["thoughts that open lines", withoutThoughts, (n) => "\n<think>".repeat(n / 8)],
  ["thoughts in sentences", withoutThoughts, (n) => "a <think> ".repeat(n / 10)],
  ["thoughts that close", withoutThoughts, (n) => "</think>a".repeat(n / 9)],
  ["signs that begin", withoutThoughts, (n) => "<|channel|>".repeat(n / 11)],
  ["an event of one line", eventData, (n) => `data:${" ".repeat(n)}x`],
  ["many events", eventData, (n) => "data:\n\n".repeat(n / 7)],
  ["a heading of spaces", readMarkdown, (n) => `## a${" ".repeat(n)}b`],
  ["a title of spaces", readMarkdown, (n) => `# ${" ".repeat(n)}\u2028b`],
  ["a field of spaces", readMarkdown, (n) => `# a\n## b: c\n- Critique: a${" ".repeat(n)}b`],
  ["a field of stars", readMarkdown, (n) => `# a\n## b: c\n- ${"*".repeat(n)}`],
])("%s: four times the length takes no sixteen times as long", (_, read, textOf) => {
  const [short, long] = [textOf(100_000), textOf(400_000)];
  const before = fastest(() => read(short));
  // Times of a few milliseconds are noise.
  expect(fastest(() => read(long))).toBeLessThan(10 * Math.max(before, 3));
});
