import { createRandom, InvalidArgumentError } from "@accord-rl/core";
import { describe, expect, it } from "vitest";
import { collect, filterStream, hashSplit } from "./index.ts";

const rows = Array.from({ length: 4000 }, (_, id) => ({ id, text: `text ${id}` }));
const shares = { train: 0.8, validation: 0.1, test: 0.1 };

describe("hashSplit", () => {
  it("gives each part its share, about", () => {
    const partOf = hashSplit<{ id: number }, keyof typeof shares>(shares, createRandom(1));
    for (const [name, share] of Object.entries(shares)) {
      const count = rows.filter((row) => partOf(row) === name).length;
      // Five standard deviations of a binomial.
      expect(Math.abs(count - share * rows.length)).toBeLessThan(
        5 * Math.sqrt(rows.length * share * (1 - share)),
      );
    }
  });

  it("depends on a row's content and the seed, and on nothing else", () => {
    const random = createRandom(1);
    const partOf = hashSplit<object, keyof typeof shares>(shares, createRandom(1));
    for (let i = 0; i < 5; i++) random.uniform();
    const { test, validation, train } = shares;
    const again = hashSplit<object, keyof typeof shares>({ test, train, validation }, random);
    const other = hashSplit<object, keyof typeof shares>(shares, createRandom(2));
    const reordered = rows.toReversed().map(({ id, text }) => ({ text, id }));
    const parts = rows.map(partOf);
    expect(reordered.map(again).toReversed()).toEqual(parts);
    expect(rows.map(other)).not.toEqual(parts);
  });

  it("keeps what has one key on one side", () => {
    const partOf = hashSplit<{ text: string; worker: number }, "a" | "b">(
      { a: 0.5, b: 0.5 },
      createRandom(3),
      {
        key: ({ text }) => text,
      },
    );
    for (const { text } of rows.slice(0, 50)) {
      expect(new Set([1, 2, 3].map((worker) => partOf({ text, worker }))).size).toBe(1);
    }
  });

  it("leaves the rest out", () => {
    const partOf = hashSplit<object, "some">({ some: 0.25 }, createRandom(1));
    const none = rows.filter((row) => partOf(row) === null).length;
    expect(Math.abs(none - 3000)).toBeLessThan(5 * Math.sqrt(4000 * 0.25 * 0.75));
  });

  it("filters streams", async () => {
    const partOf = hashSplit<object, "a" | "b">({ a: 0.5, b: 0.5 }, createRandom(1));
    const [a, b] = await Promise.all(
      (["a", "b"] as const).map((part) => collect(filterStream(rows, (row) => partOf(row) === part))),
    );
    expect([...a!, ...b!].sort((x, y) => x.id - y.id)).toEqual(rows);
  });

  it.each([{ a: 0.6, b: 0.5 }, { a: -0.1 }, { a: Number.NaN }])("refuses %j", (parts) => {
    expect(() => hashSplit(parts as Record<string, number>, createRandom(1))).toThrow(InvalidArgumentError);
  });
});
