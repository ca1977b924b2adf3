import { fetchAsset } from "@accord-rl/assets";
import type { Compile, Labeler, TextModel } from "@accord-rl/core";
import {
  type AnswerCache,
  createAiLabeler,
  createDirectReward,
  createOpenAiModel,
  createVerdictReward,
  labelByScores,
  openAnswerCache,
  promptSets,
  type ResponsePair,
  readPromptSet,
  sentimentVerdict,
} from "@accord-rl/feedback";
import {
  createChatTemplate,
  createPolicyTextModel,
  createTextPolicy,
  loadModel,
  loadTokenizer,
} from "@accord-rl/policy";
import type { Run } from "@accord-rl/runs";
import type { Options } from "./options.ts";

/** A model with what frees it. */
interface LoadedModel {
  readonly model: TextModel;
  readonly dispose: () => void;
}

export interface LoadedLabeler {
  readonly labeler: Labeler<ResponsePair>;
  readonly name: string;
  readonly dispose: () => void;
}

/** A server's model: URL#name. */
const connect = (url: string): LoadedModel => {
  const [baseUrl, model] = url.split("#") as [string, string | undefined];
  return { model: createOpenAiModel({ baseUrl, model: model ?? "default" }), dispose: () => {} };
};

const load = async (
  name: string,
  { compile, log }: { readonly compile: Compile; readonly log: (line: string) => void },
): Promise<LoadedModel> => {
  if (/^https?:/.test(name)) return connect(name);
  const { path, files } = await fetchAsset(name, { log });
  const file = Object.values(files).find((each) => each.endsWith(".gguf")) ?? path;
  const [{ model }, tokenizer] = await Promise.all([loadModel(file), loadTokenizer(file)]);
  const policy = createTextPolicy(model, { stopTokens: tokenizer.stopTokens, compile });
  const template = createChatTemplate({ tokenizer });
  return {
    model: createPolicyTextModel({ policy, tokenizer, template, name, compile }),
    dispose: () => policy.dispose(),
  };
};

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
  const { model, dispose } = await load(options.labeler, { compile, log });
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
