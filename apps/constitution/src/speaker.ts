import { fetchAsset, modelPath } from "@accord-rl/assets";
import { type Compile, InvalidArgumentError, type TextModel } from "@accord-rl/core";
import { type AnswerCache, cacheAnswers } from "@accord-rl/feedback";
import {
  createPolicyTextModel,
  createTextPolicy,
  freeze,
  loadModel,
  loadTokenizer,
  type TextPolicy,
  type Transformer,
} from "@accord-rl/language-model";
import { type ChatTemplate, createChatTemplate, type ModelTokenizer } from "@accord-rl/tokenizers";

/** An instruct model whose weights stay as they are: all policies are adapters on it. */
export interface Instructed {
  readonly base: Transformer;
  readonly tokenizer: ModelTokenizer;
  readonly template: ChatTemplate;
}

export const loadInstructed = async (policy: string, log: (line: string) => void): Promise<Instructed> => {
  const file = modelPath(await fetchAsset(policy, { log }));
  const [{ model }, tokenizer] = await Promise.all([loadModel(file), loadTokenizer(file)]);
  if (tokenizer.chatTemplate === null) {
    const message = `--policy ${policy} has no chat template, expected an instruct model`;
    throw new InvalidArgumentError({ argument: "policy", value: policy, message });
  }
  const base = freeze(model);
  model.dispose();
  return { base, tokenizer, template: createChatTemplate({ tokenizer }) };
};

/** A policy, as tokens and as text. */
export interface Speaker {
  readonly policy: TextPolicy;
  /** Answers from the cache where it can; most likely tokens. */
  readonly text: TextModel;
}

/** What speakers are made with. */
export interface Voice extends Instructed {
  readonly cache: AnswerCache;
  readonly compile: Compile;
  readonly temperature: number;
  readonly batchSize: number;
}

/** @param name  of these weights: what is kept of their answers is kept under it. */
export const createSpeaker = (model: Transformer, name: string, voice: Voice): Speaker => {
  const { tokenizer, template, compile, temperature, batchSize, cache } = voice;
  const policy = createTextPolicy(model, { temperature, stopTokens: tokenizer.stopTokens, compile });
  const text = createPolicyTextModel({ policy, tokenizer, template, name, batchSize, compile });
  return { policy, text: cacheAnswers({ model: text, cache, batchSize, concurrency: 1 }) };
};
