import { requireNumber, type TokenSequence } from "@accord-rl/core";

import { momentsOf } from "./moments.ts";
import type { RewardModel } from "./reward-model.ts";

/**
 * Moves gain and bias so that scores have mean 0 and standard deviation 1 (÷ n) on reference samples.
 *
 *   gain ← gain/σ,   bias ← (bias − μ)/σ
 *
 * Preferences stay as they are, but probabilities σ(r₁ − r₂) no longer do: measure calibration before, and set a KL
 * coefficient after.
 *
 * @param samples  texts (prompt included) of the policy that training starts from, a few hundred.
 * @returns what the scores were before.
 * @throws InvalidArgumentError when all samples score the same.
 * @see Ziegler et al. 2019, §2.1. https://arxiv.org/abs/1909.08593
 */
export const normalizeRewards = async (
  rewardModel: RewardModel,
  samples: readonly TokenSequence[],
  options?: { readonly batchSize?: number },
): Promise<{ readonly mean: number; readonly deviation: number }> => {
  requireNumber("normalizeRewards", "samples.length", samples.length, [2, Number.POSITIVE_INFINITY]);
  const scores = await rewardModel.score(samples, options);
  const { mean, deviation } = momentsOf(scores);
  requireNumber("normalizeRewards", "the samples' standard deviation", deviation, [
    Number.MIN_VALUE,
    Number.POSITIVE_INFINITY,
  ]);
  rewardModel.rescale(1 / deviation, -mean / deviation);
  return { mean, deviation };
};
