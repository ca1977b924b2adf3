/**
 * Policy optimisation under a KL penalty must end where theory says: at π*(y) ∝ π_ref(y)·exp(r(y)/β) with k1 in the
 * reward, and at the fixed point of the token KL with the exact KL in the loss. So must learning from exact preferences, which has its own β.
 */
import { createA2c } from "@accord-rl/a2c";
import { solveGibbs, solveTokenKl } from "@accord-rl/environments";
import { createKlRegularizer, exact, fixed, k1 } from "@accord-rl/kl-regularizers";
import { createPpo } from "@accord-rl/ppo";
import { createSoftQLearning } from "@accord-rl/q-learning";
import { batchMeanBaseline, createReinforce, createRloo } from "@accord-rl/reinforce";
import { climbing } from "@accord-rl/testing";
import { describe, expect, test } from "vitest";
import {
  bandit,
  largestError,
  onPolicy,
  type Regularize,
  rewarded,
  type Train,
  tabularLanguage,
  threeTokens,
  twoTokens,
} from "./gibbs.ts";
import { trainDpo } from "./gibbs-preferences.ts";

const inReward =
  (beta: number): Regularize =>
  (reference) =>
    createKlRegularizer({ reference, estimator: k1, coefficient: fixed(beta) });

const inLoss =
  (beta: number): Regularize =>
  (reference) =>
    createKlRegularizer({ reference, estimator: exact, coefficient: fixed(beta) });

/** The algorithms, each with how it trains. Another one is another line. */
const algorithms: Record<string, Train> = {
  ppo: onPolicy(
    (parts) =>
      createPpo({
        ...parts,
        options: { whitening: null, epochs: 2, valueCoefficient: 1, valueClipEpsilon: null },
      }),
    { epochs: 2 },
  ),
  a2c: onPolicy((parts) => createA2c({ ...parts, options: { valueCoefficient: 1, whitening: null } })),
  reinforce: onPolicy(({ values: _, ...parts }) =>
    createReinforce({ ...parts, advantages: batchMeanBaseline() }),
  ),
  rloo: onPolicy(({ values: _, ...parts }) => createRloo(parts)),
};

/** It has its own β, and no regularizer. */
const softQLearning = (beta: number): Train =>
  onPolicy(({ regularizer: _, ...parts }) => createSoftQLearning({ ...parts, beta, options: { steps: 2 } }), {
    epochs: 2,
  });

/** Languages, β, the published optimum where there is one, and updates that are enough. */
const tasks = [
  { name: "one token at β = 1", mdp: bandit, beta: 1, known: [0.179, 0.291944, 0.529056], updates: 100 },
  {
    name: "one token at β = 0.5",
    mdp: bandit,
    beta: 0.5,
    known: [0.036667, 0.162559, 0.800774],
    updates: 200,
  },
  {
    name: "two tokens",
    mdp: twoTokens,
    beta: 1,
    known: [0.142937, 0.388543, 0.257286, 0.211234],
    updates: 120,
  },
  { name: "three tokens", mdp: threeTokens, beta: 1, known: undefined, updates: 150 },
];

describe.each(Object.entries(algorithms))("%s, with k1 in the reward", (_, train) => {
  test.each(tasks)("reaches the Gibbs optimum of $name", async ({ mdp, beta, known, updates }) => {
    const language = tabularLanguage(mdp);
    const optimum = solveGibbs(mdp, { beta }).probabilities;
    if (known) expect(largestError(optimum, known)).toBeLessThan(1e-6);
    expect(largestError(language.responsesOf(language.reference), optimum)).toBeGreaterThan(0.1);
    const learned = language.responsesOf(await train({ language, updates, regularize: inReward(beta) }));
    expect(largestError(learned, optimum)).toBeLessThan(0.005);
  });

  test.each([
    ["the loss", { regularize: inReward(1), wrap: climbing }],
    ["the penalty", { regularize: rewarded(inReward(1)) }],
  ])("a flipped sign of %s does not", async (__, flipped) => {
    const language = tabularLanguage(bandit);
    const [learned] = await train({ language, updates: 40, ...flipped });
    expect(largestError(learned!, [0.179, 0.291944, 0.529056])).toBeGreaterThan(0.1);
  });
});

describe("soft Q-learning, with the KL in its soft value alone", () => {
  test.each(tasks)("reaches the Gibbs optimum of $name", async ({ mdp, beta, updates }) => {
    const language = tabularLanguage(mdp);
    const train = softQLearning(beta);
    const learned = language.responsesOf(await train({ language, updates, regularize: inReward(beta) }));
    expect(largestError(learned, solveGibbs(mdp, { beta }).probabilities)).toBeLessThan(0.005);
  });

  test("a flipped sign of the loss does not", async () => {
    const setting = { language: tabularLanguage(bandit), regularize: inReward(1), wrap: climbing };
    const [learned] = await softQLearning(1)({ ...setting, updates: 40 });
    expect(largestError(learned!, [0.179, 0.291944, 0.529056])).toBeGreaterThan(0.1);
  });
});

describe("dpo, on exact preferences", () => {
  test.each(tasks)("reaches the Gibbs optimum of $name", async ({ mdp, beta }) => {
    const language = tabularLanguage(mdp);
    const learned = language.responsesOf(await trainDpo({ language, beta, updates: 120 }));
    expect(largestError(learned, solveGibbs(mdp, { beta }).probabilities)).toBeLessThan(0.005);
  });

  test("a flipped sign of the loss does not", async () => {
    const language = tabularLanguage(bandit);
    const [learned] = await trainDpo({ language, beta: 1, updates: 40, wrap: climbing });
    expect(largestError(learned!, [0.179, 0.291944, 0.529056])).toBeGreaterThan(0.1);
  });
});

describe.each(["ppo", "a2c", "reinforce"])("%s, with the exact KL in the loss", (name) => {
  const train = algorithms[name]!;

  test("reaches the Gibbs optimum of one token: there the two are the same", async () => {
    const language = tabularLanguage(bandit);
    const [learned] = await train({ language, updates: 100, regularize: inLoss(1) });
    expect(largestError(learned!, [0.179, 0.291944, 0.529056])).toBeLessThan(0.005);
  });

  test("reaches its own fixed point over two tokens, another one", async () => {
    const language = tabularLanguage(twoTokens);
    const learned = language.responsesOf(await train({ language, updates: 120, regularize: inLoss(1) }));
    expect(largestError(learned, [0.123025, 0.334416, 0.297944, 0.244614])).toBeLessThan(0.005);
    expect(largestError(learned, solveTokenKl(twoTokens, { beta: 1 }).probabilities)).toBeLessThan(0.005);
    expect(largestError(learned, solveGibbs(twoTokens, { beta: 1 }).probabilities)).toBeGreaterThan(0.03);
  });

  test("a flipped sign of the penalty does not", async () => {
    const language = tabularLanguage(twoTokens);
    const learned = language.responsesOf(
      await train({ language, updates: 40, regularize: rewarded(inLoss(1)) }),
    );
    expect(largestError(learned, [0.123025, 0.334416, 0.297944, 0.244614])).toBeGreaterThan(0.1);
  });
});
