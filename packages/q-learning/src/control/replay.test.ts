import { createRandom, InvalidArgumentError, type State } from "@accord-rl/core";
import { linearSchedule } from "@accord-rl/learning";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { prioritizedReplay } from "./prioritized-replay.ts";
import { uniformReplay } from "./replay.ts";
import { createSumTree } from "./sum-tree.ts";
import type { Transition } from "./transition.ts";

const transition = (id: number): Transition => ({
  observation: Float32Array.of(id, -id),
  action: id % 3,
  reward: id / 2,
  discount: 0.9,
  successor: Float32Array.of(id + 1, -id - 1),
});

const weights = fc.array(fc.oneof(fc.constant(0), fc.double({ min: 0.01, max: 100, noNaN: true })), {
  minLength: 1,
  maxLength: 40,
});

describe("createSumTree", () => {
  test("by hand: 3, 0, 5 cover [0, 3) and [3, 8)", () => {
    const tree = createSumTree(3);
    for (const [index, weight] of [3, 0, 5].entries()) tree.set(index, weight);
    expect(tree.total).toBe(8);
    expect([0, 2.9, 3, 7.9].map(tree.find)).toEqual([0, 0, 2, 2]);
  });

  test("finds what a walk over the weights finds, after any changes", () => {
    const changes = fc.array(fc.tuple(fc.nat(39), fc.double({ min: 0, max: 50, noNaN: true })));
    fc.assert(
      fc.property(weights, changes, fc.double({ min: 0, max: 0.999, noNaN: true }), (first, later, share) => {
        const tree = createSumTree(first.length);
        const plain = [...first];
        for (const [index, weight] of first.entries()) tree.set(index, weight);
        for (const [index, weight] of later) {
          plain[index % plain.length] = weight;
          tree.set(index % plain.length, weight);
        }
        const total = plain.reduce((sum, weight) => sum + weight, 0);
        expect(tree.total).toBeCloseTo(total, 8);
        plain.forEach((weight, index) => void expect(tree.get(index)).toBe(weight));
        fc.pre(total > 0);
        const found = tree.find(share * tree.total);
        const before = plain.slice(0, found).reduce((sum, weight) => sum + weight, 0);
        expect(plain[found]).toBeGreaterThan(0);
        // Sums in another order differ in their last bits.
        expect(share * total).toBeGreaterThanOrEqual(before - 1e-9 * total);
        expect(share * total).toBeLessThanOrEqual(before + plain[found]! + 1e-9 * total);
      }),
    );
  });

  test("does not depend on the weights that were there before", () => {
    fc.assert(
      fc.property(weights, weights, (first, second) => {
        const size = Math.max(first.length, second.length);
        const [changed, fresh] = [createSumTree(size), createSumTree(size)];
        for (const [index, weight] of first.entries()) changed.set(index, weight);
        for (let index = 0; index < size; index++) {
          for (const tree of [changed, fresh]) tree.set(index, second[index] ?? 0);
        }
        expect(changed.total).toBe(fresh.total);
      }),
    );
  });
});

describe.each([
  ["uniformReplay", (capacity: number) => uniformReplay({ capacity })],
  ["prioritizedReplay", (capacity: number) => prioritizedReplay({ capacity })],
])("%s", (name, create) => {
  test("gives back what was put in; the oldest gives way", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 20 }), (capacity, count) => {
        const replay = create(capacity);
        for (let id = 1; id <= count; id++) replay.add(transition(id));
        expect(replay.size).toBe(Math.min(capacity, count));
        const { slots } = replay.sample(200, createRandom(count));
        const { observations, actions, rewards, discounts, successors } = replay.gather(slots);
        const seen = new Set(rewards);
        expect(Math.min(...seen)).toBeGreaterThanOrEqual((count - replay.size + 1) / 2);
        slots.forEach((_, i) => {
          const id = 2 * rewards[i]!;
          expect([observations[2 * i], observations[2 * i + 1]]).toEqual([id, -id]);
          expect([successors[2 * i], actions[i]]).toEqual([id + 1, id % 3]);
          expect(discounts[i]).toBeCloseTo(0.9, 6);
        });
        if (replay.size <= 4) expect(seen.size).toBe(replay.size);
      }),
      { numRuns: 40 },
    );
  });

  test.each([2, 5, 12])("continues bit for bit with %d transitions in room for 5", async (count) => {
    const [original, resumed] = [create(5), create(5)];
    const act = (replay: typeof original, from: number) => {
      const random = createRandom(from);
      for (let id = from; id < from + count; id++) replay.add(transition(id));
      const sample = replay.sample(8, random);
      replay.updatePriorities?.(
        sample.slots,
        Float32Array.from(sample.slots, (slot) => slot + random.uniform()),
      );
      return sample;
    };
    act(original, 1);
    act(resumed, 50);
    resumed.restore(structuredClone(await original.state()) as State);
    expect(await resumed.state()).toEqual(await original.state());
    expect(act(resumed, 100)).toEqual(act(original, 100));
    expect(await resumed.state()).toEqual(await original.state());
  });

  test("saved empty, it is restored empty", async () => {
    const [original, resumed] = [create(5), create(5)];
    resumed.add(transition(1));
    resumed.restore(await original.state());
    expect(resumed.size).toBe(0);
    resumed.add(transition(2));
    expect(resumed.gather(Int32Array.of(0)).rewards).toEqual(Float32Array.of(1));
  });

  test("refuses other states and changes nothing; refuses other sizes", async () => {
    const replay = create(5);
    for (const id of [1, 2, 3]) replay.add(transition(id));
    const state = await replay.state();
    const { rewards: _, ...missing } = state.tensors;
    const damaged: State[] = [
      await create(4).state(),
      { tensors: {}, json: null },
      { ...state, tensors: missing },
      {
        ...state,
        tensors: { ...state.tensors, rewards: { ...state.tensors.rewards!, data: new Float32Array(2) } },
      },
      { ...state, json: JSON.parse(JSON.stringify(state.json).replace('"next":3', '"next":2')) },
    ];
    for (const other of damaged) expect(() => replay.restore(other)).toThrow(InvalidArgumentError);
    expect(await replay.state()).toEqual(state);
    expect(() => replay.add({ ...transition(1), observation: new Float32Array(3) })).toThrow(
      "as those before",
    );
    for (const capacity of [0, 1.5, Number.NaN]) expect(() => create(capacity)).toThrow(`${name}: capacity`);
  });
});

describe("prioritizedReplay", () => {
  const filled = (options: Partial<Parameters<typeof prioritizedReplay>[0]>, errors: readonly number[]) => {
    const replay = prioritizedReplay({ capacity: 10, ...options });
    for (const id of errors.keys()) replay.add(transition(id));
    replay.updatePriorities!(Int32Array.from(errors.keys()), Float32Array.from(errors));
    return replay;
  };

  test("draws in proportion to p^α, and weighs by (N·P)^−β over the largest", () => {
    const errors = fc.array(fc.float({ min: Math.fround(0.1), max: 10, noNaN: true }), {
      minLength: 2,
      maxLength: 10,
    });
    const share = fc.constantFrom(0, 0.5, 1);
    fc.assert(
      fc.property(errors, share, share, fc.nat(1000), (given, alpha, beta, seed) => {
        const replay = filled({ alpha, beta, epsilon: 1e-6 }, given);
        const powers = given.map((error) => (error + 1e-6) ** alpha);
        const total = powers.reduce((sum, power) => sum + power, 0);
        const count = 4000;
        const { slots, weights: found } = replay.sample(count, createRandom(seed));
        given.forEach((_, slot) => {
          const frequency = slots.filter((other) => other === slot).length / count;
          // One draw from each of 4000 ranges: a share is off by two ranges at most.
          expect(Math.abs(frequency - powers[slot]! / total)).toBeLessThanOrEqual(2 / count);
        });
        const raw = Array.from(slots, (slot) => ((given.length * powers[slot]!) / total) ** -beta);
        const largest = Math.max(...raw);
        expect(Array.from(found!)).toBeAllClose(
          raw.map((weight) => weight / largest),
          { rtol: 1e-4 },
        );
      }),
      { numRuns: 20 },
    );
  });

  test("by hand: errors 1 and 3 with α = 1, β = 1 are drawn 1 : 3 and count 1 : ⅓", () => {
    const { slots, weights: found } = filled({ alpha: 1, beta: 1, epsilon: 1e-9 }, [1, 3]).sample(
      4,
      createRandom(0),
    );
    expect(slots).toEqual(Int32Array.of(0, 1, 1, 1));
    expect(Array.from(found!)).toBeAllClose([1, 1 / 3, 1 / 3, 1 / 3]);
  });

  test("new transitions get the largest priority so far", () => {
    const replay = filled({ alpha: 1, epsilon: 1e-6 }, [1, 7]);
    replay.add(transition(5));
    // Priorities 1, 7, 7.
    const { slots } = replay.sample(1500, createRandom(1));
    expect([0, 1, 2].map((slot) => Math.round(slots.filter((other) => other === slot).length / 100))).toEqual(
      [1, 7, 7],
    );
  });

  test("β follows its schedule by minibatches", () => {
    const replay = filled(
      { alpha: 1, beta: linearSchedule({ from: 0, to: 1, steps: 2 }), epsilon: 1e-9 },
      [1, 4],
    );
    const smallest = [0, 1, 2].map(() => Math.min(...replay.sample(10, createRandom(0)).weights!));
    // (¼)^0, (¼)^½, ¼.
    expect(smallest).toBeAllClose([1, 0.5, 0.25]);
  });

  test.each([{ alpha: -0.1 }, { alpha: 1.1 }, { beta: 2 }, { epsilon: 0 }])("refuses %o", (options) => {
    expect(() => prioritizedReplay({ capacity: 3, ...options })).toThrow(InvalidArgumentError);
  });
});
