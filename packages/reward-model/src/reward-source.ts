import type { RewardSource, TextSample, TokenSequence } from "@accord-rl/core";
import type { RewardModel } from "./reward-model.ts";

/** What of a sample the reward model reads. */
export type SampleView = (sample: TextSample) => TokenSequence;

/** Prompt and response: what a reward model of prompts with responses was trained on. */
export const wholeText: SampleView = ({ promptTokens, responseTokens }) => [
  ...Array.from(promptTokens),
  ...Array.from(responseTokens),
];

/** The response alone. */
export const responseOnly: SampleView = ({ responseTokens }) => responseTokens;

export interface RewardSourceOptions {
  /** Default: `wholeText`. */
  readonly view?: SampleView;
  /** Texts in one forward pass. Default 16. */
  readonly batchSize?: number;
}

/** A reward model as a reward source: token ids go in as they are, nothing is tokenized again. */
export const asRewardSource = (
  rewardModel: Pick<RewardModel, "score">,
  { view = wholeText, batchSize = 16 }: RewardSourceOptions = {},
): RewardSource<TextSample> => {
  return (samples) => rewardModel.score(samples.map(view), { batchSize });
};
