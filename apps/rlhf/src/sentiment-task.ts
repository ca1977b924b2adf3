import { fetchAsset } from "@accord-rl/assets";
import {
  type Compile,
  DataError,
  type PreferencePair,
  type Random,
  type RatedText,
  type TextExample,
  type Tokenizer,
} from "@accord-rl/core";
import {
  type LabeledText,
  loadImdb,
  openings,
  sentimentPairs,
  sentimentRatings,
  splitSeeded,
  toTextExamples,
} from "@accord-rl/data";
import type { Transformer } from "@accord-rl/policy";
import { fitBagOfWords } from "@accord-rl/reward-model";
import { SentimentIntensityAnalyzer } from "vader-sentiment";
import type { Options } from "./options.ts";
import { writeStories } from "./write-stories.ts";

/** Reviews that the second judge learns from; nothing else sees them. */
const judgeReviews = 2000;

/** What the app learns from and is judged by: reviews that people wrote, with what they thought of the film. */
export interface SentimentTask {
  readonly sftExamples: readonly TextExample[];
  /** Reviews that fine-tuning does not see, for its perplexity. */
  readonly sftHeldOut: readonly TextExample[];
  /** A liked review over a disliked one, both of the same length. */
  readonly pairs: readonly PreferencePair[];
  readonly ratings: readonly RatedText[];
  readonly heldOutPairs: readonly PreferencePair[];
  /** Openings of reviews, as tokens. */
  readonly prompts: readonly number[][];
  readonly heldOutPrompts: readonly number[][];
  /** VADER's compound score, −1 to 1: a lexicon and rules, which no training sees. */
  readonly gold: (text: string) => number;
  /** Probability that a review was a liked one, by its words: a classifier trained on reviews of its own. */
  readonly secondJudge: (texts: readonly string[]) => number[];
}

const parts = {
  sft: 0.3,
  rewardModel: 0.52,
  heldOutPairs: 0.05,
  prompts: 0.07,
  heldOutPrompts: 0.02,
  judge: 0.04,
};

/** What the task is made with besides its options. */
export interface TaskSources {
  /** The pretrained model. */
  readonly model: Transformer;
  readonly tokenizer: Tokenizer;
  readonly random: Random;
  readonly log: (line: string) => void;
  readonly compile: Compile;
}

/** Texts that prompts are cut from: for training, and held out. */
const promptTexts = async (
  options: Options,
  { model, tokenizer, random, compile }: TaskSources,
  reviews: { readonly prompts: readonly LabeledText[]; readonly heldOutPrompts: readonly LabeledText[] },
): Promise<Record<"prompts" | "heldOutPrompts", readonly string[]>> => {
  if (options.promptSource === "reviews") {
    const textsOf = (items: readonly LabeledText[]) => items.map(({ text }) => text);
    return { prompts: textsOf(reviews.prompts), heldOutPrompts: textsOf(reviews.heldOutPrompts) };
  }
  // Many stories begin alike, and prompts are all different: more are written than are needed.
  const stories = await writeStories(model, {
    tokenizer,
    count: 4 * (promptCount(options) + options.evaluationPrompts),
    tokens: 2 * options.promptTokens,
    random: random.fork("stories"),
    compile,
  });
  return { prompts: stories, heldOutPrompts: stories };
};

/** Prompts to train on: several passes over them where there are many iterations. */
const promptCount = ({ prompts, iterations }: Options): number =>
  Math.min(prompts * Math.max(iterations, 4), 2000);

/** Reads the reviews and deals them out: each review serves one purpose only. */
export const loadSentimentTask = async (options: Options, sources: TaskSources): Promise<SentimentTask> => {
  const { tokenizer, random, log } = sources;
  const { path } = await fetchAsset(options.data, { log });
  const reviews = await loadImdb(path);
  const split = splitSeeded(reviews, parts, random.fork("split"));
  for (const label of [0, 1] as const) {
    if (split.judge.some((review) => review.label === label)) continue;
    const message = `${reviews.length} different reviews are too few to be dealt out: give some hundreds at least, liked (s: 1) and disliked (s: 0)`;
    throw new DataError({ path, message });
  }
  const maxLength = options.textTokens;
  const examples = (items: readonly LabeledText[], count: number) =>
    toTextExamples(
      items.slice(0, count).map(({ text }) => ({ prompt: "", completion: text })),
      tokenizer,
      { maxLength },
    );
  const isPairwise = options.reward === "pairwise";
  const lengths = {
    minLength: Math.max(4, Math.floor((options.promptTokens * 2) / 3)),
    maxLength: options.promptTokens,
  };
  const texts = await promptTexts(options, sources, split);
  const heldOutPrompts = openings(texts.heldOutPrompts, tokenizer, {
    ...lengths,
    count: options.evaluationPrompts,
    random: random.fork("held-out prompts"),
  });
  const judge = fitBagOfWords(split.judge.slice(0, judgeReviews));
  return {
    sftExamples: examples(split.sft, Math.max(options.sftSteps * options.sftBatch, options.sftBatch)),
    sftHeldOut: examples(split.heldOutPrompts, 64),
    pairs: sentimentPairs(split.rewardModel, tokenizer, {
      maxLength,
      count: options.rewardPairs,
      random: random.fork("pairs"),
    }),
    ratings: isPairwise
      ? []
      : sentimentRatings(split.rewardModel, tokenizer, {
          maxLength,
          count: options.rewardPairs * 2,
          random: random.fork("pairs"),
        }),
    heldOutPairs: sentimentPairs(split.heldOutPairs, tokenizer, {
      maxLength,
      count: options.heldOutPairs,
      random: random.fork("held-out pairs"),
    }),
    prompts: openings(texts.prompts, tokenizer, {
      ...lengths,
      count: promptCount(options),
      random: random.fork("prompts"),
      exclude: heldOutPrompts,
    }),
    heldOutPrompts,
    gold: (text) => SentimentIntensityAnalyzer.polarity_scores(text).compound,
    secondJudge: (texts) => judge(texts).map((logOdds) => 1 / (1 + Math.exp(-logOdds))),
  };
};
