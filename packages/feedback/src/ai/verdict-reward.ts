import {
  type Conversation,
  type RewardSource,
  rateBelowOne,
  refuse,
  requireRule,
  type TextModel,
} from "@accord-rl/core";
import { z } from "zod";
import type { AnswerCache } from "../models/answer-cache.ts";
import { cacheAnswers } from "../models/cached-model.ts";
import { readJsonFile } from "../read-json-file.ts";

import { fillTemplate } from "./prompt-set.ts";
import { scoreResponses } from "./score-responses.ts";

const text = z.string().min(1);

const verdictSchema = z.strictObject({
  name: text,
  question: text.refine((question) => question.includes("{response}"), {
    message: "expected a text that holds {response}",
  }),
  verdicts: z.tuple([text, text]),
  answer: text.optional(),
});

/**
 * The words for a verdict on one response: a question with `{prompt}` and `{response}` in it, what is said of a good and of
 * a bad one, and how the answer begins (for models that continue a given beginning).
 */
export type VerdictPrompt = z.infer<typeof verdictSchema>;

/** Reads a verdict's words, a JSON file. @throws DataError with the path and the field. */
export const readVerdictPrompt = (path: string): VerdictPrompt => readJsonFile(path, verdictSchema);

/** Whether whoever wrote a text likes what it is about. */
export const sentimentVerdict: VerdictPrompt = {
  name: "sentiment",
  question: "Review: {prompt}{response}\n\nSentiment (positive or negative):",
  verdicts: [" positive", " negative"],
  answer: "The sentiment of the review is",
};

/**
 * Words of a running sentence share their place with many others: SmolLM2-135M gives " good" and " bad" 3 to 10 % together.
 * A model that is about to say something else gives them less than a millionth.
 */
const defaultVerdictProbability = 0.01;

/** What is judged by itself. */
export interface SingleResponse {
  readonly prompt: string;
  readonly response: string;
}

/**
 * A language model's verdict on each response as a reward: the log-odds of the good word against the bad one.
 *
 *   r = log p(good | question) − log p(bad | question)
 *
 * A small model that can't compare two texts can often judge one. Abstains where a word was not reported, both together
 * have too little probability, or the model refuses.
 *
 * @throws InvalidArgumentError where the model gives no log-probabilities.
 */
export const createVerdictReward = ({
  model: given,
  prompt,
  minimumProbability = defaultVerdictProbability,
  cache,
}: {
  readonly model: TextModel;
  readonly prompt: VerdictPrompt;
  /** Least probability of both words together, without which there is no verdict. Default 0.01. */
  readonly minimumProbability?: number;
  readonly cache?: AnswerCache;
}): RewardSource<SingleResponse> => {
  const model = cache ? cacheAnswers({ model: given, cache }) : given;
  requireRule("createVerdictReward", "minimumProbability", minimumProbability, rateBelowOne);
  if (!model.scoreCandidates) {
    refuse("createVerdictReward", "model", model.name, "a model that gives log-probabilities");
  }
  const ask = (response: SingleResponse): Conversation => [
    { role: "user", content: fillTemplate(prompt.question, { ...response }) },
    ...(prompt.answer === undefined ? [] : [{ role: "assistant" as const, content: prompt.answer }]),
  ];
  return scoreResponses({
    model,
    ask,
    candidates: prompt.verdicts,
    minimumProbability,
    scoreOf: ([good = Number.NaN, bad = Number.NaN]) => (Number.isFinite(good - bad) ? good - bad : null),
  });
};
