import { expect, test } from "vitest";
import { enumerateResponses, solveGibbs, solveTokenKl, type TokenMdp } from "./index.ts";

/** One token out of three. */
const bandit: TokenMdp = {
  vocabularySize: 3,
  length: 1,
  reference: () => [0.5, 0.3, 0.2],
  reward: ([token]) => token!,
};

const twoTokens: TokenMdp = {
  vocabularySize: 2,
  length: 2,
  reference: (prefix) => (prefix[0] === 1 ? [0.9, 0.1] : [0.5, 0.5]),
  reward: ([first, second]) => (first === 0 ? [0, 1] : [0, 2])[second!]!,
};

test("enumerates responses with the last token fastest", () => {
  expect(enumerateResponses(twoTokens)).toEqual([
    [0, 0],
    [0, 1],
    [1, 0],
    [1, 1],
  ]);
});

test.each([
  // Softmax of log ref + r/β, by hand: β = 1 gives weights .5, .3e, .2e²; J = β·log Σ of them.
  [1, [0.179, 0.291944, 0.529056], 0.322834, 1.027222],
  [0.5, [0.036667, 0.162559, 0.800774], 0.915475, 1.306369],
])("the Gibbs optimum of a bandit at β = %d", (beta, probabilities, klNats, objective) => {
  const solution = solveGibbs(bandit, { beta });
  expect([...solution.probabilities]).toBeAllClose(probabilities, { atol: 2e-6 });
  expect(solution.klNats).toBeCloseTo(klNats, 5);
  expect(solution.objective).toBeCloseTo(objective, 5);
});

test("J = β·log Σ π_ref·exp(r/β) at the Gibbs optimum, by enumeration", () => {
  const beta = 0.7;
  const partition = enumerateResponses(twoTokens).reduce((sum, response) => {
    const reference = twoTokens.reference([])[response[0]!]! * twoTokens.reference(response)[response[1]!]!;
    return sum + reference * Math.exp(twoTokens.reward(response) / beta);
  }, 0);
  expect(solveGibbs(twoTokens, { beta }).objective).toBeCloseTo(beta * Math.log(partition), 10);
});

test("sequence KL and token KL have different fixed points, the first one better", () => {
  // First token, token KL: Q = [.731059, .901701], so π ∝ .5·e^Q; second tokens as in the Gibbs optimum.
  const gibbs = solveGibbs(twoTokens, { beta: 1 });
  const token = solveTokenKl(twoTokens, { beta: 1 });
  expect([...gibbs.probabilities]).toBeAllClose([0.142937, 0.388543, 0.257286, 0.211234], { atol: 1e-6 });
  expect([...token.probabilities]).toBeAllClose([0.123025, 0.334416, 0.297944, 0.244614], { atol: 1e-6 });
  expect(gibbs.objective).toBeCloseTo(0.559057, 5);
  expect(token.objective).toBeCloseTo(0.548079, 5);
});

test("they agree where there is one token, and a tiny β gives the best response", () => {
  expect(solveTokenKl(bandit, { beta: 1 }).probabilities).toEqual(
    solveGibbs(bandit, { beta: 1 }).probabilities,
  );
  expect([...solveGibbs(bandit, { beta: 1e-3 }).probabilities]).toBeAllClose([0, 0, 1]);
});
