import { createRandom } from "@accord-rl/core";
import type { HeldOutSample } from "@accord-rl/recipes";

/** The summary's figures from the lines of samples.jsonl alone, by other code than the app's. */

const average = (values: readonly number[]): number => {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
};

const distinctPairs = (responses: readonly string[]): number => {
  const seen = new Set<string>();
  let all = 0;
  for (const response of responses) {
    const tokens = [...response.toLowerCase().matchAll(/[\p{L}\p{N}\p{M}]+(['’][\p{L}\p{N}\p{M}]+)*/gu)];
    for (let i = 1; i < tokens.length; i++, all++) seen.add(`${tokens[i - 1]![0]} ${tokens[i]![0]}`);
  }
  return seen.size / all;
};

/** @param samples  of one policy */
export const figuresOf = (samples: readonly HeldOutSample[]) => {
  const nats = samples.map(({ surprise }) => surprise);
  const lengths = samples.map(({ length }) => length);
  return {
    reward: average(samples.map(({ reward }) => reward)),
    gold: average(samples.map(({ gold }) => gold)),
    secondJudge: average(samples.map(({ secondJudge }) => secondJudge)),
    perplexity: Math.exp(average(nats) / average(lengths)),
    distinct2: distinctPairs(samples.map(({ response }) => response)),
    length: average(lengths),
  };
};

/** Gold of after − before, prompt by prompt; both lists must be in the same order. */
export const goldDifferences = (
  before: readonly HeldOutSample[],
  after: readonly HeldOutSample[],
): number[] => after.map(({ gold }, i) => gold - before[i]!.gold);

/** 2.5 % and 97.5 % of the means of resampled values. */
export const bootstrap = (values: readonly number[]): { low: number; high: number } => {
  const random = createRandom(99);
  const means = Array.from({ length: 20_000 }, () =>
    average(values.map(() => values[random.integer(values.length)]!)),
  );
  means.sort((a, b) => a - b);
  return { low: means[500]!, high: means[19_500]! };
};

/** Wilson's interval, solved for where |share − p| = z·√(p(1 − p)/n) by bisection. */
export const wilson = (share: number, n: number): { low: number; high: number } => {
  const isInside = (p: number) => Math.abs(share - p) <= 1.959963984540054 * Math.sqrt((p * (1 - p)) / n);
  const edge = (outside: number) => {
    let [far, near] = [outside, share];
    for (let i = 0; i < 60; i++) {
      const middle = (far + near) / 2;
      if (isInside(middle)) near = middle;
      else far = middle;
    }
    return near;
  };
  return { low: edge(0), high: edge(1) };
};

/** Share of pairs in the same order by reward as by gold, of those that gold tells apart. */
export const orderAgreement = (samples: readonly HeldOutSample[]): number => {
  const verdicts = samples.flatMap((a, i) =>
    samples
      .slice(0, i)
      .filter((b) => b.gold !== a.gold)
      .map((b) => Number(Math.sign(a.gold - b.gold) === Math.sign(a.reward - b.reward))),
  );
  return verdicts.length === 0 ? 0.5 : average(verdicts);
};
