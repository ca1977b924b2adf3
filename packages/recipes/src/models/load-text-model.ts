import { fetchAsset, modelPath } from "@accord-rl/assets";
import { type Compile, interpret, type TextModel, type Tokenizer } from "@accord-rl/core";
import { type CachedModelOptions, createOpenAiModel } from "@accord-rl/feedback";
import {
  createPolicyTextModel,
  createTextPolicy,
  type LoadModelOptions,
  loadModel,
  loadTokenizer,
} from "@accord-rl/language-model";
import { createChatTemplate } from "@accord-rl/tokenizers";

export interface TextModelSettings {
  /** How a model in this process is held. Default float32. */
  readonly weights?: Required<LoadModelOptions>["weights"];
  /** Default: op by op. */
  readonly compile?: Compile;
  /** Hears of downloads. Default: nobody does. */
  readonly log?: (line: string) => void;
}

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
  { weights = "float32", compile = interpret, log = () => {} }: TextModelSettings = {},
): Promise<LoadedModel> => {
  if (/^https?:/.test(name)) return connect(name);
  const file = modelPath(await fetchAsset(name, { log }));
  const [{ model }, tokenizer] = await Promise.all([loadModel(file, { weights }), loadTokenizer(file)]);
  const policy = createTextPolicy(model, { stopTokens: tokenizer.stopTokens, compile });
  const named = weights === "float32" ? name : `${name} (${weights})`;
  const template = createChatTemplate({ tokenizer });
  return {
    // Its answers are cached under its name.
    model: createPolicyTextModel({ policy, tokenizer, template, name: named, compile }),
    tokenizer,
    asking: { batchSize: 8, concurrency: 1 },
    dispose: () => policy.dispose(),
  };
};
