import { type Random, requireCount, type TextModel } from "@accord-rl/core";
import { type LabelingFailure, type LabelingProgress, labelPairs } from "../ai/label-pairs.ts";
import { defaultThinkingTokens } from "../ai/thinking-room.ts";

import type { Constitution } from "./constitution.ts";
import { createReviser, type RevisedAnswer, type RevisionExemplar } from "./revise.ts";

export interface CritiqueAndReviseOptions {
  /** Give it a cache (`cacheAnswers`), and a stopped run goes on where it was. */
  readonly model: TextModel;
  readonly constitution: Constitution;
  /** Red-team prompts. */
  readonly prompts: readonly string[];
  /** Critiques with revisions for each prompt. Default 4, as in the paper. */
  readonly rounds?: number;
  /** Draws the principles. */
  readonly random: Random;
  /** Where given, what the model writes is sampled at temperature 1 instead of being the most likely. */
  readonly sampling?: Random;
  /** Shown before each critique. Default: none. */
  readonly exemplars?: readonly RevisionExemplar[];
  /** Of each answer, critique and revision. Default 256. */
  readonly maxNewTokens?: number;
  /** Further tokens for a model that is cut off while it thinks; 0 = none. Default 4096. */
  readonly thinkingTokens?: number;
  /** Prompts that go through the stages together. Default 8. */
  readonly batchSize?: number;
  /** Batches at a time. Default 1. */
  readonly concurrency?: number;
  readonly onProgress?: (progress: Pick<LabelingProgress, "done" | "total">) => void;
  readonly signal?: AbortSignal;
}

export interface Revisions {
  /** One per prompt that the model did not refuse to read, in order. */
  readonly revised: readonly RevisedAnswer[];
  /** Prompts that were left out, and why. */
  readonly failures: readonly LabelingFailure[];
}

/**
 * The first stage of Constitutional AI: prompt → answer → critique by a drawn principle → revision, n rounds.
 *
 * @see Bai et al. 2022, §3. https://arxiv.org/abs/2212.08073
 */
export const critiqueAndRevise = async (options: CritiqueAndReviseOptions): Promise<Revisions> => {
  const { model, constitution, prompts, rounds = 4, random, sampling, exemplars = [] } = options;
  const { thinkingTokens = defaultThinkingTokens } = options;
  const { maxNewTokens = 256, batchSize = 8, concurrency = 1, onProgress, signal } = options;
  requireCount("critiqueAndRevise", "rounds", rounds);
  requireCount("critiqueAndRevise", "maxNewTokens", maxNewTokens);
  requireCount("critiqueAndRevise", "thinkingTokens", thinkingTokens, 0);
  const words = { constitution, rounds, exemplars, random };
  const revise = createReviser({ model, ...words, maxNewTokens, thinkingTokens, sampling });
  const { labels, failures } = await labelPairs<string, RevisedAnswer>({
    labeler: { label: revise },
    pairs: prompts,
    batchSize,
    concurrency,
    ...(onProgress ? { onProgress } : {}),
    ...(signal ? { signal } : {}),
  });
  return { revised: labels.filter((answer) => answer !== null), failures };
};
