import type { Compile, Labeler, TextModel } from "@accord-rl/core";
import {
  beginAnswer,
  cacheAnswers,
  createAiLabeler,
  createDirectReward,
  createVerdictReward,
  labelByScores,
  openAnswerCache,
  promptSets,
  type ResponsePair,
  readByLetter,
  readPromptSet,
  sentimentVerdict,
} from "@accord-rl/feedback";
import { loadTextModel } from "@accord-rl/recipes";
import type { Run } from "@accord-rl/runs";
import type { Options } from "./options.ts";

export interface LoadedLabeler {
  readonly labeler: Labeler<ResponsePair>;
  readonly name: string;
  /** Tokens that it has read by now, in this process or in what was kept. */
  readonly inputTokens: () => number;
  readonly dispose: () => void;
}

/** How a model's answers become preferences. */
const labelers: Readonly<
  Record<Options["labeling"], (model: TextModel, options: Options) => Labeler<ResponsePair>>
> = {
  pairwise: (model, { promptSet, exemplars, beginAnswer: isBegun, chainOfThought, reading }) => {
    const prompt = promptSets[promptSet] ?? readPromptSet(promptSet);
    return createAiLabeler({
      model,
      prompt: isBegun ? beginAnswer(prompt) : prompt,
      exemplars,
      ...(reading === "letter" && { read: readByLetter }),
      ...(chainOfThought && { chainOfThought: { maxNewTokens: 80 } }),
    });
  },
  verdict: (model) =>
    labelByScores({
      source: createVerdictReward({ model, prompt: sentimentVerdict }),
      name: `ai:${model.name}:verdict`,
    }),
  score: (model, { promptSet }) =>
    labelByScores({
      source: createDirectReward({ model, prompt: promptSets[promptSet] ?? readPromptSet(promptSet) }),
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
  const weights = options.labelerWeights;
  const { model, asking, dispose } = await loadTextModel(options.labeler, { weights, compile, log });
  const cache = openAnswerCache(run.path("answers.jsonl"));
  const asked = cacheAnswers({ model, cache, refusedShare: options.refusedShare, ...asking });
  return {
    labeler: labelers[options.labeling](asked, options),
    name: model.name,
    inputTokens: () => asked.paid.inputTokens + asked.saved.inputTokens,
    dispose: () => {
      cache.close();
      dispose();
    },
  };
};
