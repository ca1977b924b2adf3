import { createRandom } from "@accord-rl/core";
import { expect, test } from "vitest";
import type { Judgement } from "./judge-set.ts";
import { drawPairs, firstWords, shortestFirst } from "./known-pair.ts";
import { creditOf, methods, squaredError } from "./methods.ts";

test("documents are cut after words, as they stand", () => {
  expect(firstWords(" One two\n\nthree  four", 3)).toBe(" One two\n\nthree …");
  expect(firstWords("One two\nthree", 3)).toBe("One two\nthree");
});

test("the better one is shown first or second by a coin, and the draw does not depend on what others are drawn", () => {
  const known = Array.from({ length: 400 }, (_, i) => ({ prompt: `${i}`, better: "yes", worse: "no" }));
  const draw = (count: number) => drawPairs(known, { count, name: "set", random: createRandom(1) });
  const pairs = draw(400);
  expect(new Set(pairs.map(({ id }) => id)).size).toBe(400);
  for (const { first, second, truth } of pairs) {
    expect([first, second]).toEqual(truth === "first" ? ["yes", "no"] : ["no", "yes"]);
  }
  // 200 of 400, deviation 10.
  const first = pairs.filter(({ truth }) => truth === "first").length;
  expect(Math.abs(first - 200)).toBeLessThan(40);
  expect(draw(10)).toEqual(pairs.slice(0, 10));
  expect(shortestFirst(pairs)[0]!.prompt).toHaveLength(1);
});

test("what a method reads, and what it is worth, by hand", () => {
  const judgement: Judgement = {
    set: "qa",
    question: "choice",
    id: "1",
    truth: "second",
    lengths: [10, 4],
    label: { probability: 0.45, orders: [0.7, 0.2] },
  };
  const read = Object.fromEntries(
    Object.entries(methods).map(([name, method]) => [name, method.read(judgement)]),
  );
  expect(read).toEqual({
    ...{ letter: 1, logProbs: 0.7, averaged: 0.45, score: 0.45, written: 0.45, thinking: 0.45 },
    ...{ begunLetter: 1, begunAveraged: 0.45, longer: 1, shorter: 0, first: 1 },
  });
  expect([0.45, 0.7, 0.5, null].map((p) => creditOf(judgement, p))).toEqual([1, 0, 0.5, 0.5]);
  expect(squaredError(judgement, 0.45)).toBeCloseTo(0.2025, 12);
  expect(squaredError(judgement, null)).toBe(0.25);
  expect(methods.letter.read({ ...judgement, label: null })).toBeNull();
});
