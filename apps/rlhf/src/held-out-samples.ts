import {
  disposeRollout,
  type Random,
  type ReferencePolicy,
  type RewardSource,
  type TextObservations,
  type TextSample,
  type Tokenizer,
  type TokenSequence,
} from "@accord-rl/core";
import { collectText, textRollout } from "@accord-rl/environments";
import { bestOfN, bestOfNKl } from "@accord-rl/reward-model";
import * as tf from "@tensorflow/tfjs-core";
import type { Author } from "./algorithms/text-algorithm.ts";
import type { Task } from "./tasks/task.ts";

/** One line of samples.jsonl: all of them are enough to recompute the summary. */
export interface HeldOutSample {
  readonly split: "heldOut";
  /** `PolicyName` in this app's own runs. */
  readonly policy: string;
  readonly prompt: string;
  readonly response: string;
  /** The reward model's, normalised. */
  readonly reward: number;
  /** The task's metric: VADER's compound score, ROUGE, chrF, … */
  readonly gold: number;
  /** What the task has beside its metric: for sentiment the probability of a liked review, by its words. */
  readonly secondJudge: number;
  /** log π(response) − log π_SFT(response), nats; for best of n its closed form. */
  readonly klNats: number;
  /** −log π_SFT(response) at temperature 1, nats. */
  readonly surprise: number;
  /** Tokens of the response. */
  readonly length: number;
}

/** Whose answers they are: the reference's, those of what was trained, or the best of n of the reference. */
export type Authorship = "reference" | "policy" | { readonly bestOf: number };

export interface EvaluationParts {
  readonly policy: Author;
  readonly reference: Author;
  /** The SFT model at temperature 1: what perplexity is measured under. */
  readonly plainReference: ReferencePolicy<TextObservations>;
  readonly reward: RewardSource;
  readonly tokenizer: Tokenizer;
  readonly maxNewTokens: number;
}

/** log π(response | prompt) of each sample. */
const sequenceLogProbs = async (
  scorer: ReferencePolicy<TextObservations>,
  samples: readonly TextSample[],
): Promise<number[]> => {
  const responses = samples.map(({ responseTokens }) => Int32Array.from(responseTokens));
  const zeros = responses.map(({ length }) => new Float32Array(length));
  const rollout = textRollout({
    prompts: samples.map(({ promptTokens }) => promptTokens),
    generation: {
      responses,
      logProbs: zeros,
      finished: samples.map(({ finished }) => finished),
      isFullDistribution: true,
      policyVersion: 0,
    },
    rewards: zeros,
  });
  const sums = tf.tidy(() => tf.sum(tf.mul(scorer.evaluate(rollout).logProbs, rollout.mask), 1));
  disposeRollout(rollout);
  const result = Array.from(await sums.data());
  sums.dispose();
  return result;
};

const draw = async (
  authorship: Authorship,
  { policy, reference, reward, tokenizer, maxNewTokens }: EvaluationParts,
  prompts: readonly TokenSequence[],
  random: Random,
): Promise<{ samples: readonly TextSample[]; rewards: readonly number[] }> => {
  const shared = { prompts, tokenizer, maxNewTokens, random };
  if (typeof authorship === "object") {
    const best = await bestOfN({ ...shared, actor: reference, source: reward, n: authorship.bestOf });
    return { samples: best.map(({ sample }) => sample), rewards: best.map(({ score }) => score) };
  }
  const actor = authorship === "reference" ? reference : policy;
  const { rollout, samples, scores } = await collectText({ ...shared, actor, reward });
  disposeRollout(rollout);
  return { samples, rewards: scores as number[] };
};

/** Answers held-out prompts and has the answers judged. */
export const heldOutSamples = async (
  name: string,
  authorship: Authorship,
  parts: EvaluationParts,
  { prompts, random, task }: { prompts: readonly TokenSequence[]; random: Random; task: Task },
): Promise<HeldOutSample[]> => {
  const { samples, rewards } = await draw(authorship, parts, prompts, random);
  const plain = await sequenceLogProbs(parts.plainReference, samples);
  const isTrained = authorship === "policy";
  const after = isTrained ? await sequenceLogProbs(parts.policy, samples) : [];
  const before = isTrained ? await sequenceLogProbs(parts.reference, samples) : [];
  const second = task.secondJudge(samples);
  const untrained = typeof authorship === "object" ? bestOfNKl(authorship.bestOf) : 0;
  return samples.map((sample, i) => ({
    split: "heldOut",
    policy: name,
    prompt: sample.prompt,
    response: sample.response,
    reward: rewards[i]!,
    gold: task.gold(sample),
    secondJudge: second[i]!,
    klNats: isTrained ? after[i]! - before[i]! : untrained,
    surprise: -plain[i]!,
    length: sample.responseTokens.length,
  }));
};
