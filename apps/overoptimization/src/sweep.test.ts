import { createRandom } from "@accord-rl/core";
import { describeTokenPolicy } from "@accord-rl/environments";
import { expect, test } from "vitest";
import { atKl, findPeak, gibbs, isRising, sweep } from "./sweep.ts";
import { createWorld, deviationOf, expected, fitProxy, goldDeviation, labelPairs } from "./world.ts";

const world = createWorld(createRandom(1));

test("a world is what it says", () => {
  expect(world.responses).toHaveLength(10_000);
  expect(world.reference.reduce((sum, probability) => sum + probability, 0)).toBeCloseTo(1, 10);
  expect(expected(world.reference, world.gold)).toBeCloseTo(0, 10);
  expect(deviationOf(world.reference, world.gold)).toBeCloseTo(goldDeviation, 10);
  for (const index of [0, 9, 1234, 9999]) expect(world.indexOf(world.responses[index]!)).toBe(index);
  const random = createRandom(2);
  const drawn = Array.from({ length: 4000 }, () => world.gold[world.draw(random)]!);
  // 4000 draws of deviation √2: the mean is within 0.1, more than four of its errors.
  expect(Math.abs(drawn.reduce((sum, gold) => sum + gold / 4000, 0))).toBeLessThan(0.1);
});

test("its Gibbs policies are the best there are", () => {
  const beta = 0.7;
  const { distribution, klNats } = gibbs(world, world.gold, beta);
  const klOf = (policy: readonly number[]) =>
    policy.reduce((sum, p, i) => sum + (p > 0 ? p * Math.log(p / world.reference[i]!) : 0), 0);
  const objective = (policy: readonly number[]) => expected(policy, world.gold) - beta * klOf(policy);
  expect(klNats).toBeCloseTo(klOf(distribution), 9);
  // max E gold − β·KL = β·log E_ref exp(gold/β)
  const weights = world.gold.map((gold) => Math.exp(gold / beta));
  expect(objective(distribution)).toBeCloseTo(beta * Math.log(expected(world.reference, weights)), 9);
  for (const other of [0.5, 0.9]) {
    const worse = gibbs(world, world.gold, other).distribution;
    expect(objective(worse)).toBeLessThan(objective(distribution) - 1e-3);
  }
  const still = describeTokenPolicy(world.mdp, world.mdp.reference, { beta: 0 });
  expect(still.probabilities).toBeAllClose(world.reference);
});

test("gold as its own proxy never turns round; a proxy of a few labels does, and promises more", () => {
  const own = sweep(world, world.gold);
  expect([isRising(own), findPeak(own).turns, findPeak(own).drop]).toEqual([true, 0, 0]);
  const proxy = fitProxy(world, labelPairs(world, 64, createRandom(3)));
  const points = sweep(world, proxy);
  expect(isRising(points)).toBe(true);
  expect(points.at(-1)!.gold).toBeLessThan(own.at(-1)!.gold - 1);
});

test("peaks and what lies between points, by hand", () => {
  const points = [0, 1, 3, 2].map((gold, i) => ({ klNats: i * i, proxy: i, gold }));
  expect(findPeak(points)).toEqual({ distance: 2, gold: 3, drop: 1, turns: 1 });
  expect(
    findPeak([...points, { klNats: 16, proxy: 4, gold: 2.5 }, { klNats: 25, proxy: 5, gold: 0 }]).turns,
  ).toBe(2);
  // √2.25 = 1.5: half way from 1 to 2.
  expect(atKl(points, 2.25)).toEqual({ klNats: 2.25, proxy: 1.5, gold: 2 });
  expect(atKl(points, 100).gold).toBe(2);
  expect(isRising([{ proxy: 1 }, { proxy: 0 }])).toBe(false);
});
