import { createRandom, InvalidArgumentError, type State } from "@accord-rl/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { batches, epochBatches } from "./index.ts";

const numbers = (count: number) => Array.from({ length: count }, (_, i) => i);
const counts = fc.integer({ min: 1, max: 40 });
const seeds = fc.nat({ max: 2 ** 32 });

describe("epochBatches", () => {
  it("gives every item once, in batches of the size but the last", () => {
    fc.assert(
      fc.property(counts, counts, seeds, (count, size, seed) => {
        const epoch = epochBatches(numbers(count), size, createRandom(seed));
        expect(epoch.flat().sort((a, b) => a - b)).toEqual(numbers(count));
        expect(epoch.slice(0, -1).every((batch) => batch.length === size)).toBe(true);
        expect(epoch.length).toBe(Math.ceil(count / size));
      }),
    );
  });
});

describe("batches", () => {
  it("gives full batches, and every item once in each epoch", () => {
    fc.assert(
      fc.property(counts, counts, seeds, (count, size, seed) => {
        const source = batches(numbers(count), size, createRandom(seed));
        const given = Array.from({ length: 3 * count }, () => source.next()).flat();
        expect(given.length).toBe(3 * count * size);
        for (let start = 0; start < given.length; start += count) {
          expect(given.slice(start, start + count).sort((a, b) => a - b)).toEqual(numbers(count));
        }
        expect(source.epoch).toBe(3 * size - 1); // the last epoch is given in full, the next one not begun
      }),
    );
  });

  it("continues bit for bit after a restore, through JSON, at any place", async () => {
    await fc.assert(
      fc.asyncProperty(counts, counts, seeds, fc.nat({ max: 20 }), async (count, size, seed, before) => {
        const source = batches(numbers(count), size, createRandom(seed));
        for (let i = 0; i < before; i++) source.next();
        const state: State = JSON.parse(JSON.stringify(await source.state()));
        const expected = Array.from({ length: 10 }, () => source.next());

        const other = batches(numbers(count), size, createRandom(seed + 1));
        other.next();
        other.restore(state);
        expect(Array.from({ length: 10 }, () => other.next())).toEqual(expected);
        expect(await other.state()).toEqual(await source.state());
      }),
    );
  });

  it("shuffles anew in each epoch", () => {
    const source = batches(numbers(100), 100, createRandom(1));
    expect(source.next()).not.toEqual(source.next());
  });

  it("refuses the state of other items, and changes nothing then", async () => {
    const source = batches(numbers(5), 2, createRandom(1));
    const other = batches(numbers(6), 2, createRandom(1));
    const before = await source.state();
    expect(() => source.restore({ tensors: {}, json: null })).toThrow(InvalidArgumentError);
    const state = await other.state();
    expect(() => source.restore(state)).toThrow("expected a state of batches over 5 items");
    expect(await source.state()).toEqual(before);
  });

  it.each([0, -1, 1.5, Number.NaN])("refuses the size %s", (size) => {
    expect(() => batches([1], size, createRandom(1))).toThrow(InvalidArgumentError);
  });

  it("refuses no items", () => {
    expect(() => epochBatches([], 1, createRandom(1))).toThrow("there are no items");
  });
});
