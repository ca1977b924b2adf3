import type { Compile, Labeler, TextModel } from "@accord-rl/core";
import {
  type AnswerCache,
  createAiLabeler,
  createDirectReward,
  createVerdictReward,
  labelByScores,
  openAnswerCache,
  promptSets,
  type ResponsePair,
  readPromptSet,
  sentimentVerdict,
} from "@accord-rl/feedback";
import type { Run } from "@accord-rl/runs";
import { loadTextModel } from "./load-text-model.ts";
import type { Options } from "./options.ts";

export interface LoadedLabeler {
  readonly labeler: Labeler<ResponsePair>;
  readonly name: string;
  readonly dispose: () => void;
}

/** How a model's answers become preferences. */
const labelers: Readonly<
  Record<
    Options["labeling"],
    (model: TextModel, cache: AnswerCache, options: Options) => Labeler<ResponsePair>
  >
> = {
  pairwise: (model, cache, { promptSet, exemplars, chainOfThought }) =>
    createAiLabeler({
      model,
      prompt: promptSets[promptSet] ?? readPromptSet(promptSet),
      exemplars,
      cache,
      ...(chainOfThought && { chainOfThought: { maxNewTokens: 80 } }),
    }),
  verdict: (model, cache) =>
    labelByScores({
      source: createVerdictReward({ model, prompt: sentimentVerdict, cache }),
      name: `ai:${model.name}:verdict`,
    }),
  score: (model, cache, { promptSet }) =>
    labelByScores({
      source: createDirectReward({ model, prompt: promptSets[promptSet] ?? readPromptSet(promptSet), cache }),
      name: `ai:${model.name}:score`,
      scale: 0.25,
    }),
};

/** The labeler that `--labeler` names; what it answers is kept in the run's folder. */
export const loadLabeler = async (
  options: Options,
  {
    run,
    compile,
    log,
  }: { readonly run: Run; readonly compile: Compile; readonly log: (line: string) => void },
): Promise<LoadedLabeler> => {
  const { model, dispose } = await loadTextModel(options.labeler, { compile, log });
  const cache = openAnswerCache(run.path("answers.jsonl"));
  return {
    labeler: labelers[options.labeling](model, cache, options),
    name: model.name,
    dispose: () => {
      cache.close();
      dispose();
    },
  };
};
