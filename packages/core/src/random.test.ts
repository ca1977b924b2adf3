import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { InvalidArgumentError } from "./errors.ts";
import { createRandom } from "./random.ts";

const draw = (count: number, next: () => number): number[] => Array.from({ length: count }, next);

describe("createRandom", () => {
  it("gives the words of xoshiro128** for its state", () => {
    // By hand from the state [1, 2, 3, 4]: rotl(2 · 5, 7) · 9 = 1280 · 9 = 11520. The state becomes
    // [7, 0, 1026, rotl(6, 11)], so the next word is rotl(0, 7) · 9 = 0, then [5, 1029, 1029, …] …
    const random = createRandom(0);
    random.restore([1, 2, 3, 4]);
    expect(random.uniform() * 2 ** 32).toBe(11520);
    expect(random.state()).toEqual([7, 0, 1026, 6 << 11]);
    expect(random.uniform()).toBe(0);
  });

  it("repeats itself for a seed, and not for another", () => {
    expect(draw(8, createRandom(7).uniform)).toEqual(draw(8, createRandom(7).uniform));
    expect(draw(8, createRandom(7).uniform)).not.toEqual(draw(8, createRandom(8).uniform));
    expect(draw(8, createRandom(7).uniform)).not.toEqual(draw(8, createRandom(7 + 2 ** 32).uniform));
  });

  it("gives every safe integer a stream of its own, and those below 2^32 the words of splitmix32", () => {
    // splitmix32(7) and (2³² − 1), by the published constants in Python's integers.
    expect(createRandom(7).state()).toEqual([3838393609, 4210744933, 801465066, 1648156487]);
    expect(createRandom(2 ** 32 - 1).state()).toEqual([3950124170, 4293442868, 1302505678, 2762329221]);
    const states = (seeds: readonly number[]) =>
      new Set(seeds.map((seed) => `${createRandom(seed).state()}`));
    // 6541789804 has the low bits 2246822508, which the high bit's constant 0x85ebca6b turns into 7.
    expect(states([7, 6541789804]).size).toBe(2);
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.maxSafeNat(), (seed, other) => {
        const low = seed % 2 ** 32;
        const seeds = [...new Set([seed, other, low, low + 2 ** 32, low + 2 ** 52, 2 ** 53 - 1])];
        expect(states(seeds).size).toBe(seeds.length);
        expect(new Set(seeds.map((one) => draw(4, createRandom(one).uniform).join())).size).toBe(
          seeds.length,
        );
      }),
    );
  });

  it("keeps the streams of forks apart as well as 32 random bits can", () => {
    const [root, count] = [createRandom(3), 20_000];
    const forks = new Set(Array.from({ length: count }, (_, i) => `${root.fork(`step ${i}`).state()}`));
    // 20,000²/2³³ = 0.05 pairs are expected to share one; 3 have a probability of 2e-5.
    expect(count - forks.size).toBeLessThan(3);
  });

  it("continues from a saved state", () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(50), (seed, skip) => {
        const random = createRandom(seed);
        draw(skip, random.uniform);
        const copy = createRandom(0);
        copy.restore(JSON.parse(JSON.stringify(random.state())));
        expect(draw(5, copy.normal)).toEqual(draw(5, random.normal));
      }),
    );
  });

  it("forks streams that depend on seed and label only", () => {
    const fresh = createRandom(3);
    const used = createRandom(3);
    draw(100, used.uniform);
    expect(draw(4, used.fork("sampling").uniform)).toEqual(draw(4, fresh.fork("sampling").uniform));
    expect(draw(4, fresh.fork("sampling").uniform)).not.toEqual(draw(4, fresh.fork("shuffling").uniform));
    expect(draw(4, createRandom(4).fork("sampling").uniform)).not.toEqual(
      draw(4, fresh.fork("sampling").uniform),
    );
  });

  it("draws uniforms, normals and integers of the right moments", () => {
    const random = createRandom(1);
    const n = 20_000;
    const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    // Standard errors: 0.289 / √n = 0.002; 1 / √n = 0.007; √2 / √n = 0.01. Bounds are five of them.
    expect(Math.abs(mean(draw(n, random.uniform)) - 0.5)).toBeLessThan(0.0102);
    const normals = draw(n, random.normal);
    expect(Math.abs(mean(normals))).toBeLessThan(0.0354);
    expect(Math.abs(mean(normals.map((z) => z * z)) - 1)).toBeLessThan(0.05);
    const counts = [0, 0, 0];
    for (const i of draw(n, () => random.integer(3))) counts[i]!++;
    for (const count of counts) expect(Math.abs(count / n - 1 / 3)).toBeLessThan(0.0167);
  });

  it("shuffles into a permutation, and samples distinct integers", () => {
    fc.assert(
      fc.property(fc.nat(), fc.array(fc.integer(), { maxLength: 30 }), (seed, items) => {
        const byValue = (a: number, b: number) => a - b;
        expect(createRandom(seed).shuffle(items).sort(byValue)).toEqual([...items].sort(byValue));
        const sample = createRandom(seed).sample(items.length + 5, 5);
        expect(new Set(sample).size).toBe(5);
        expect(Math.max(...sample)).toBeLessThan(items.length + 5);
      }),
    );
  });

  it("refuses what it can't use", () => {
    for (const seed of [-1, 0.5, Number.NaN, 2 ** 53, Number.POSITIVE_INFINITY]) {
      expect(() => createRandom(seed)).toThrow(InvalidArgumentError);
      expect(() => createRandom(seed)).toThrow(`seed is ${seed}, expected an integer from 0 to 2^53 − 1`);
    }
    expect(() => createRandom(0).integer(0)).toThrow("expected an integer from 1");
    expect(() => createRandom(0).sample(2, 3)).toThrow("at most 2 exist");
    expect(() => createRandom(0).restore({ seed: 1 })).toThrow("four integers");
  });
});
