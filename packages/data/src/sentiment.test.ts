import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRandom, DataError, InvalidArgumentError } from "@accord-rl/core";
import { afterAll, describe, expect, it } from "vitest";
import {
  cleanReview,
  type LabeledText,
  loadImdb,
  openings,
  sentimentPairs,
  sentimentRatings,
} from "./index.ts";
import { characterTokenizer } from "./test-tokenizer.ts";

const tokenizer = characterTokenizer();
const folder = mkdtempSync(join(tmpdir(), "accord-reviews-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** 30 liked reviews that begin with L, 20 disliked ones with D, of 5 to 34 letters. */
const reviews: LabeledText[] = Array.from({ length: 50 }, (_, i) => ({
  text: `${i < 30 ? "L" : "D"}${String(i).padStart(2, "0")}${"x".repeat(2 + (i % 30))}`,
  label: i < 30 ? 1 : 0,
}));

describe("loadImdb", () => {
  const load = (rows: unknown) => {
    const path = join(folder, "reviews.json");
    writeFileSync(path, JSON.stringify(rows));
    return loadImdb(path);
  };

  it("cleans, and keeps each review once", async () => {
    const long = "a long review ".repeat(10);
    const loaded = await load([
      { t: "A <br /><br />fine film.", s: 1 },
      { t: "a FINE film", s: 1 },
      { t: `${long}of part one`, s: 0 },
      { t: `${long}of part two`, s: 0 },
      { t: "<br />", s: 0 },
    ]);
    expect(loaded).toEqual([
      { text: "A fine film.", label: 1 },
      { text: `${long}of part one`, label: 0 },
    ]);
  });

  it.each([[[{ t: "a", s: 2 }]], [[{ text: "a" }]], [[]]])("refuses %j", async (rows) => {
    await expect(load(rows)).rejects.toThrow(DataError);
  });
});

describe("cleanReview", () => {
  it("removes tags, entities and control characters", () => {
    expect(cleanReview("So <i>good</i><br/>\t1 < 2 \u0096 &#345;ekl\u0091a\u0092 ")).toBe(
      "So good 1 < 2 – řekl‘a’",
    );
  });
});

describe("sentimentPairs", () => {
  const pairs = (minLength: number, count?: number) =>
    sentimentPairs(reviews, tokenizer, {
      maxLength: 20,
      minLength,
      random: createRandom(3),
      ...(count === undefined ? {} : { count }),
    });

  it("puts liked over disliked, at one length, each review once", () => {
    const all = pairs(4);
    expect(all.length).toBe(20);
    for (const { preferred, rejected } of all) {
      expect(preferred.length).toBe(rejected.length);
      expect(preferred.length).toBeLessThanOrEqual(20);
      expect([preferred[0], tokenizer.decode([preferred[1] as number])]).toEqual([1, "L"]);
      expect([rejected[0], tokenizer.decode([rejected[1] as number])]).toEqual([1, "D"]);
    }
    const texts = all
      .flatMap(({ preferred, rejected }) => [preferred, rejected])
      .map((text) => tokenizer.decode(text));
    expect(new Set(texts).size).toBe(40);
  });

  it("gives pairs of exactly the length where none is shorter", () => {
    expect(pairs(20, 5).map(({ preferred }) => preferred.length)).toEqual([20, 20, 20, 20, 20]);
  });

  it("is seeded", () => {
    expect(pairs(4, 6)).toEqual(pairs(4).slice(0, 6));
  });

  it("says when there are too few", () => {
    expect(() => pairs(4, 21)).toThrow(InvalidArgumentError);
    expect(() => pairs(4, 21)).toThrow("asked for 21, found 20 with at least 4 tokens");
    expect(() => pairs(21)).toThrow("expected 1 ≤ minLength ≤ maxLength");
  });
});

describe("sentimentRatings", () => {
  it("rates as many liked as disliked texts, mixed", () => {
    const rated = sentimentRatings(reviews, tokenizer, { maxLength: 20, count: 10, random: createRandom(3) });
    expect(rated.length).toBe(10);
    expect(rated.reduce((sum, { rating }) => sum + rating, 0)).toBe(0);
    expect(rated.map(({ rating }) => rating)).not.toEqual(
      [...rated.map(({ rating }) => rating)].sort().reverse(),
    );
    for (const { tokens, rating } of rated) {
      expect(tokens.length).toBe(20);
      expect(tokenizer.decode([tokens[1] as number])).toBe(rating === 1 ? "L" : "D");
    }
  });
});

describe("openings", () => {
  const texts = reviews.map(({ text }) => text);
  const options = { minLength: 4, maxLength: 6, random: createRandom(1) };

  it("gives different starts of the lengths asked for, that their texts continue", () => {
    const found = openings(texts, tokenizer, { ...options, count: 40 });
    const asText = found.map((tokens) => tokenizer.decode(tokens.slice(1)));
    expect(new Set(asText).size).toBe(40);
    expect(new Set(found.map((tokens) => tokens.length))).toEqual(new Set([4, 5, 6]));
    for (const opening of asText) {
      expect(texts.some((text) => text.startsWith(opening) && text.length > opening.length)).toBe(true);
    }
  });

  it("repeats none that is excluded, nor one that several texts share", () => {
    const fixed = { ...options, minLength: 4, maxLength: 4 };
    const first = openings(texts, tokenizer, { ...fixed, count: 25 });
    const second = openings(texts, tokenizer, { ...fixed, count: 25, exclude: first });
    expect(new Set([...first, ...second].map(String)).size).toBe(50);
    expect(() => openings(texts, tokenizer, { ...fixed, count: 1, exclude: [...first, ...second] })).toThrow(
      "asked for 1, found 0 different ones in 50 texts",
    );
    expect(openings(["same text", "same texts"], tokenizer, { ...fixed, count: 1 }).length).toBe(1);
    expect(() => openings(["same text", "same texts"], tokenizer, { ...fixed, count: 2 })).toThrow(
      "found 1 different",
    );
  });

  it("refuses lengths that hold no text", () => {
    expect(() => openings(texts, tokenizer, { ...options, minLength: 1, count: 1 })).toThrow(
      InvalidArgumentError,
    );
    expect(() => openings(texts, tokenizer, { ...options, minLength: 7, count: 1 })).toThrow(
      InvalidArgumentError,
    );
  });
});
