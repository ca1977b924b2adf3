import {
  type Compile,
  disposeRollout,
  type Random,
  type ReferencePolicy,
  type RewardSource,
  type TextObservations,
  type TextSample,
  type Tokenizer,
  type TokenSequence,
} from "@accord-rl/core";
import { collectText } from "@accord-rl/environments";
import { bestOfN, bestOfNKl } from "@accord-rl/reward-model";
import type { Author } from "../algorithms/text-algorithm.ts";
import type { Task } from "../tasks/task.ts";
import type { LogProbScorer } from "./log-prob-scorer.ts";

/** One line of samples.jsonl: all of them are enough to recompute the summary. */
export interface HeldOutSample {
  readonly split: "heldOut";
  /** The author's name. */
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
  /** The SFT model at temperature 1: what perplexity is measured under. Default: the reference. */
  readonly plainReference?: ReferencePolicy<TextObservations>;
  readonly reward: RewardSource;
  readonly tokenizer: Tokenizer;
  readonly compile?: Compile;
}

/** Score what was written: the reference, what was trained, and the SFT model at temperature 1. */
export type LogProbScorers = Readonly<Record<"policy" | "reference" | "plainReference", LogProbScorer>>;

const draw = async (
  authorship: Authorship,
  { policy, reference, reward, tokenizer }: EvaluationParts,
  asked: {
    readonly prompts: readonly TokenSequence[];
    readonly maxNewTokens: number;
    readonly random: Random;
  },
): Promise<{ samples: readonly TextSample[]; rewards: readonly number[] }> => {
  const shared = { ...asked, tokenizer };
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
  {
    prompts,
    random,
    task,
    logProbs,
  }: {
    readonly prompts: readonly TokenSequence[];
    readonly random: Random;
    readonly task: Task;
    readonly logProbs: LogProbScorers;
  },
): Promise<HeldOutSample[]> => {
  const { samples, rewards } = await draw(authorship, parts, {
    prompts,
    maxNewTokens: task.responseTokens,
    random,
  });
  const plain = await logProbs.plainReference(samples);
  const isTrained = authorship === "policy";
  const after = isTrained ? await logProbs.policy(samples) : [];
  const before = isTrained ? await logProbs.reference(samples) : [];
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
