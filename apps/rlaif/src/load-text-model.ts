import { fetchAsset } from "@accord-rl/assets";
import type { Compile, TextModel, Tokenizer } from "@accord-rl/core";
import { type CachedModelOptions, createOpenAiModel } from "@accord-rl/feedback";
import {
  createChatTemplate,
  createPolicyTextModel,
  createTextPolicy,
  loadModel,
  loadTokenizer,
} from "@accord-rl/policy";

/** A model with what frees it. */
export interface LoadedModel {
  readonly model: TextModel;
  /** Absent where a server has it. */
  readonly tokenizer?: Tokenizer;
  /** How it is asked through a cache: a model in this process reads several conversations at a time. */
  readonly asking: Pick<CachedModelOptions, "batchSize" | "concurrency">;
  readonly dispose: () => void;
}

/** A server's model: URL#name. */
const connect = (url: string): LoadedModel => {
  const [baseUrl, model] = url.split("#") as [string, string | undefined];
  return { model: createOpenAiModel({ baseUrl, model: model ?? "default" }), asking: {}, dispose: () => {} };
};

/** The model of an asset's name, of a GGUF file or a Hugging Face folder, or of a server (URL#model). */
export const loadTextModel = async (
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
    tokenizer,
    asking: { batchSize: 8, concurrency: 1 },
    dispose: () => policy.dispose(),
  };
};
