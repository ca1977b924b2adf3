import {
  type Random,
  type RewardSource,
  requireCount,
  requireNumber,
  type TextActor,
  type TextSample,
  type Tokenizer,
  type TokenSequence,
  textSamples,
} from "@accord-rl/core";

import { readScores, totalScore } from "./scores.ts";

export interface BestOfNOptions {
  readonly actor: TextActor;
  readonly prompts: readonly TokenSequence[];
  readonly tokenizer: Tokenizer;
  readonly source: RewardSource<TextSample>;
  /** Responses drawn for each prompt. */
  readonly n: number;
  readonly maxNewTokens: number;
  readonly random: Random;
  /** Prompts handled at a time. Default: all. */
  readonly batchSize?: number;
}

export interface BestOfN {
  readonly sample: TextSample;
  /** Of the best response; per-token scores summed. */
  readonly score: number;
  /** Of all n; null where the source abstained. */
  readonly scores: readonly (number | null)[];
}

const drawSamples = async (
  { actor, tokenizer, n, maxNewTokens, random }: BestOfNOptions,
  prompts: readonly TokenSequence[],
): Promise<TextSample[]> => {
  const repeated = prompts.flatMap((prompt) => Array.from({ length: n }, () => prompt));
  return textSamples(repeated, await actor.generate(repeated, { maxNewTokens, random }), tokenizer);
};

/** The first of the highest scores; the first sample, with −∞, where the source abstained on all. */
const pickBest = (samples: readonly TextSample[], scores: readonly (number | null)[]): BestOfN => {
  let best = 0;
  for (const [index, score] of scores.entries()) {
    if ((score ?? Number.NEGATIVE_INFINITY) > (scores[best] ?? Number.NEGATIVE_INFINITY)) best = index;
  }
  return { sample: samples[best] as TextSample, score: scores[best] ?? Number.NEGATIVE_INFINITY, scores };
};

/**
 * Draws n responses to each prompt and keeps the one that the reward source likes best: what any amount of training
 * against that source should be compared with. Its KL from the actor is `bestOfNKl(n)`.
 *
 * @returns one per prompt.
 * @see Stiennon et al. 2020. https://arxiv.org/abs/2009.01325
 */
export const bestOfN = async (options: BestOfNOptions): Promise<BestOfN[]> => {
  const { prompts, source, n } = options;
  const batchSize = options.batchSize ?? Math.max(prompts.length, 1);
  requireCount("bestOfN", "n", n);
  requireCount("bestOfN", "batchSize", batchSize);
  const results: BestOfN[] = [];
  for (let start = 0; start < prompts.length; start += batchSize) {
    const some = prompts.slice(start, start + batchSize);
    const samples = await drawSamples(options, some);
    const { scores } = readScores("bestOfN", await source(samples), samples.length);
    const totals = scores.map((score) => (score === null ? null : totalScore(score)));
    for (const index of some.keys()) {
      const [from, to] = [index * n, (index + 1) * n];
      results.push(pickBest(samples.slice(from, to), totals.slice(from, to)));
    }
  }
  return results;
};

/**
 * KL (nats) of the best of n from the distribution that they are drawn from: log n − (n − 1)/n, where no two score the
 * same; an upper bound otherwise.
 *
 * @see Beirami et al. 2024. https://arxiv.org/abs/2401.01879
 */
export const bestOfNKl = (n: number): number => {
  requireNumber("bestOfNKl", "n", n, [1, Number.POSITIVE_INFINITY]);
  return Math.log(n) - (n - 1) / n;
};
