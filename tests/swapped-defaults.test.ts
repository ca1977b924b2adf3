/** Swapping an algorithm for another on the same kind of task changes no number that both have, unless it is named here. */
import { a2cDefaults } from "@accord-rl/a2c";
import { commonDefaults, controlOptions } from "@accord-rl/policy-gradient";
import { ppoDefaults } from "@accord-rl/ppo";
import { dqnDefaults, ilqlDefaults, softQDefaults } from "@accord-rl/q-learning";
import { reinforceDefaults } from "@accord-rl/reinforce";
import { expect, test } from "vitest";

const text: Readonly<Record<string, object>> = {
  common: commonDefaults,
  ppo: ppoDefaults,
  a2c: a2cDefaults,
  reinforce: reinforceDefaults,
  ilql: ilqlDefaults,
  softQ: softQDefaults,
};

/** Each with its reason: it is what makes the algorithm another one. */
const differing = new Set([
  "reinforce.whitening", // The estimator of the advantages is chosen.
  "reinforce.epochs", // The plain gradient is exact for the first step only.
  "ilql.gaeLambda", // 0: joins the best parts of different texts.
  "softQ.targetRate", // Moves with every step, where ILQL's slow copies move with every fifth.
  "softQ.steps", // Optimizer steps per update; A2C's are steps of a return.
]);

test("the numbers that algorithms on text share agree", () => {
  const first = new Map<string, readonly [algorithm: string, value: unknown]>();
  const found: string[] = [];
  for (const [algorithm, defaults] of Object.entries(text)) {
    for (const [name, value] of Object.entries(defaults)) {
      const [other, expected] = first.get(name) ?? [algorithm, value];
      first.set(name, [other, expected]);
      if (JSON.stringify(value) === JSON.stringify(expected) && typeof value === typeof expected) continue;
      found.push(`${algorithm}.${name}`);
    }
  }
  expect(found.sort()).toEqual([...differing].sort());
  expect(a2cDefaults.aggregation).toBe(ppoDefaults.aggregation);
});

test("they are Ziegler et al.'s; classic control takes its own discount, as DQN does", () => {
  expect(commonDefaults).toMatchObject({ discount: 1, gaeLambda: 0.95, valueCoefficient: 0.1 });
  expect(controlOptions.discount).toBe(dqnDefaults.discount);
});
