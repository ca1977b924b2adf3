import type {
  GroupedRollout,
  Random,
  RewardSource,
  TextActor,
  TextObservations,
  TextSample,
  Tokenizer,
  TokenSequence,
} from "@accord-rl/core";
import { requireCount, textSamples } from "@accord-rl/core";

import { type CheckedScores, type MissingEnd, scoreSamples, tokenRewards } from "./scores.ts";
import { textRollout } from "./text-rollout.ts";

export interface CollectTextOptions {
  /** Samples; usually the policy itself. */
  readonly actor: TextActor;
  readonly prompts: readonly TokenSequence[];
  readonly tokenizer: Tokenizer;
  readonly reward: RewardSource;
  readonly random: Random;
  /** Limit of a response's length; a response that reaches it ends there and is scored as it is. */
  readonly maxNewTokens: number;
  /** Responses to each prompt, in one group; default 1. RLOO and GRPO need at least 2. */
  readonly samplesPerPrompt?: number;
  /** P, to keep shapes equal over batches (a compiled step is traced once per shape); default: the longest prompt. */
  readonly promptLength?: number;
  /** T: `maxNewTokens` (default; equal shapes), or the longest response of the batch. */
  readonly responseLength?: "maxNewTokens" | "longest";
  /** What a response without an end token gets; default: its score as it is. */
  readonly missingEnd?: MissingEnd;
}

export interface CollectedText extends CheckedScores {
  /** Owned by the caller: `disposeRollout` frees it. */
  readonly rollout: GroupedRollout<TextObservations>;
  /** B, in the order of the rollout's rows; the samples of one prompt stand together. */
  readonly samples: readonly TextSample[];
}

/**
 * One batch of experience with text: sample responses, score them, lay them out as a rollout.
 *
 * A single score stands at the response's last token, per-token scores at their tokens. A sample that the reward
 * source abstains on (null) has mask 0 everywhere and takes no part in learning. The last token is always terminal,
 * also at the length limit. The text that the reward source sees has no end token; its token ids do.
 *
 * @throws AccordError when the reward source fails, InvalidArgumentError or NonFiniteError when it answers wrongly.
 */
export const collectText = async (options: CollectTextOptions): Promise<CollectedText> => {
  const { actor, tokenizer, reward, random, maxNewTokens, samplesPerPrompt = 1 } = options;
  const { responseLength = "maxNewTokens", promptLength, missingEnd } = options;
  requireCount("collectText", "maxNewTokens", maxNewTokens);
  requireCount("collectText", "samplesPerPrompt", samplesPerPrompt);
  requireCount("collectText", "prompts.length", options.prompts.length);

  const prompts = options.prompts.flatMap((prompt) => Array.from({ length: samplesPerPrompt }, () => prompt));
  const generation = await actor.generate(prompts, { maxNewTokens, random });
  const samples = textSamples(prompts, generation, tokenizer);
  const { scores, ...uncertainties } = await scoreSamples(reward, samples);

  const rollout = textRollout({
    prompts,
    generation,
    rewards: samples.map(({ responseTokens: { length }, finished }, i) =>
      tokenRewards(scores[i]!, { length, finished, missingEnd }),
    ),
    takesPart: scores.map((score) => score !== null),
    groups: prompts.map((_, i) => Math.floor(i / samplesPerPrompt)),
    ...(promptLength === undefined ? {} : { promptLength }),
    ...(responseLength === "maxNewTokens" ? { responseLength: maxNewTokens } : {}),
  });
  return { rollout, samples, scores, ...uncertainties };
};
