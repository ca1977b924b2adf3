import type { Conversation, RewardSource, TextModel } from "@accord-rl/core";
import { InvalidArgumentError, rateBelowOne, requireRule } from "@accord-rl/core";
import type { AnswerCache } from "../models/answer-cache.ts";
import { cacheAnswers } from "../models/cached-model.ts";

import { fillTemplate, type PromptSet } from "./prompt-set.ts";
import { defaultMinimumProbability } from "./read-preference.ts";
import { scoreResponses } from "./score-responses.ts";
import type { SingleResponse } from "./verdict-reward.ts";

/** Turns the log-probabilities of "1" … "n" into probabilities of the numbers; null where none was reported. */
export type ScaleProbabilities = (logProbs: readonly number[]) => readonly number[] | null;

/** Each number is a token of its own: a softmax. */
export const separateNumbers: ScaleProbabilities = (logProbs) => {
  const highest = Math.max(...logProbs);
  if (!Number.isFinite(highest)) return null;
  const weights = logProbs.map((value) => Math.exp(value - highest));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
};

/**
 * The tokenizer writes 10 as 1 and 0, so that p("1") holds p("10"): what begins with 1 and goes on is taken off it.
 */
export const digitByDigit: ScaleProbabilities = (logProbs) => {
  const own = logProbs.map((value, i) => {
    const number = `${i + 1}`;
    const longer = logProbs.filter(
      (_, j) => `${j + 1}`.startsWith(number) && `${j + 1}`.length === number.length + 1,
    );
    const rest = Math.exp(value) - longer.reduce((sum, other) => sum + Math.exp(other), 0);
    return longer.length === 0 ? value : Math.log(Math.max(0, rest));
  });
  return separateNumbers(own);
};

export interface DirectRewardOptions {
  readonly model: TextModel;
  /** Its `scoring` words are asked. */
  readonly prompt: PromptSet;
  /** The best score; the worst is 1. Default 10. */
  readonly highest?: number;
  /** Default: `separateNumbers`. */
  readonly probabilities?: ScaleProbabilities;
  /** Least probability of all numbers together, without which there is no score. Default 0.1. */
  readonly minimumProbability?: number;
  readonly cache?: AnswerCache;
}

/** Σᵢ i·P(i) on the scale 1…n, brought to [−1, 1]. */
export const expectedScore = (probabilities: readonly number[]): number => {
  const n = probabilities.length;
  const mean = probabilities.reduce((sum, probability, i) => sum + probability * (i + 1), 0);
  return (2 * mean - (n + 1)) / (n - 1);
};

/**
 * Direct scoring: the language model itself is the reward, without pairs and without a reward model.
 *
 *   s = Σᵢ i·P(i | prompt, response),   reward = (2s − n − 1)/(n − 1) ∈ [−1, 1]
 *
 * Abstains where the numbers have too little probability, and where the model refuses.
 *
 * @throws InvalidArgumentError where the prompt set has no words for scoring, or the model gives no log-probabilities.
 * @see Lee et al. 2023, RLAIF, §2.3 (d-RLAIF). https://arxiv.org/abs/2309.00267
 */
export const createDirectReward = (options: DirectRewardOptions): RewardSource<SingleResponse> => {
  const { prompt, highest = 10, probabilities = separateNumbers, cache } = options;
  const { minimumProbability = defaultMinimumProbability } = options;
  requireRule("createDirectReward", "minimumProbability", minimumProbability, rateBelowOne);
  const model = cache ? cacheAnswers({ model: options.model, cache }) : options.model;
  const fail = (argument: string, value: unknown, problem: string): never => {
    throw new InvalidArgumentError({ argument, value, message: `createDirectReward: ${problem}` });
  };
  const { scoring } = prompt;
  if (!scoring) return fail("prompt", prompt.name, `prompt set "${prompt.name}" has no "scoring"; add it`);
  if (!model.scoreCandidates) {
    return fail("model", model.name, `${model.name} gives no log-probabilities; take a model that does`);
  }
  if (!Number.isInteger(highest) || highest < 2) {
    return fail("highest", highest, `highest is ${highest}, expected an integer of at least 2`);
  }
  const numbers = Array.from({ length: highest }, (_, i) => `${i + 1}`);
  const ask = (sample: SingleResponse): Conversation => {
    const shown = fillTemplate(scoring.sample, { prompt: sample.prompt, response: sample.response });
    const ending = fillTemplate(scoring.ending, { highest: `${highest}` });
    return [{ role: "user", content: [scoring.preamble, shown, ending].join("\n\n") }];
  };
  return scoreResponses({
    model,
    ask,
    candidates: numbers,
    minimumProbability,
    scoreOf: (logProbs) => {
      const given = probabilities(logProbs);
      return given === null ? null : expectedScore(given);
    },
  });
};
