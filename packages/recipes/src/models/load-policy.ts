import { existsSync } from "node:fs";
import { join } from "node:path";
import { fetchAsset, modelPath } from "@accord-rl/assets";
import { createRandom, InvalidArgumentError, type Tokenizer } from "@accord-rl/core";
import type { RenderChat } from "@accord-rl/data";
import {
  type GenerationSettings,
  loadLlama2cTokenizer,
  loadModel,
  loadTokenizer,
  recomputeLayers,
  type Transformer,
  withLora,
} from "@accord-rl/language-model";
import { createChatTemplate } from "@accord-rl/tokenizers";

export interface PolicySettings {
  /** An asset's name such as stories15M or smollm2-135m, a Hugging Face folder, a GGUF or llama2.c file. */
  readonly policy: string;
  /** tokenizer.bin of llama2.c, or tokenizer.json; where the model brings none. */
  readonly tokenizer?: string | undefined;
  /** Rank of an adapter that is trained in place of the weights; 0 trains them all. Default: 8 above 50 million. */
  readonly loraRank?: number | undefined;
  /** Computes layers a second time for their gradient: less memory, a third more time. Default false. */
  readonly gradientCheckpointing?: boolean;
  /** Of the adapter's first weights. Default 1. */
  readonly seed?: number;
}

/** A pretrained model, and how it is written for. */
export interface LoadedPolicy {
  /** With an adapter on it, where the settings ask for one: that is all that is trained then. */
  readonly model: Transformer;
  readonly tokenizer: Tokenizer;
  /** Its chat template; undefined where it has none, and conversations are written as plain text. */
  readonly render?: RenderChat | undefined;
  /** What ends an answer, where a task has answers that end. */
  readonly stopTokens: readonly number[];
  /** How its authors let it write, where its files say so. */
  readonly generation?: GenerationSettings | undefined;
}

/** What a model is called for short. */
const shortNames: Readonly<Record<string, string>> = { "smollm2-135m": "smollm2-135m-instruct" };

/** Above this many parameters, training all of them takes more memory than most machines have to spare. */
const adaptedFrom = 50e6;
const usualRank = 8;

/** An adapter on the model, which then holds its weights; or the model itself. */
const adapt = (model: Transformer, { loraRank, seed = 1 }: PolicySettings): Transformer => {
  const size = Object.values(model.parameters).reduce((sum, variable) => sum + variable.size, 0);
  const rank = loraRank ?? (size > adaptedFrom ? usualRank : 0);
  if (rank === 0) return model;
  const random = createRandom(seed).fork("adapter");
  const adapted = withLora(model, { rank, alpha: 2 * rank, targets: ["all-linear"], random });
  model.dispose();
  return adapted;
};

type Written = Omit<LoadedPolicy, "model" | "generation">;

const written = async (path: string): Promise<Written> => {
  if (path.endsWith(".bin")) {
    const tokenizer = await loadLlama2cTokenizer(path);
    return { tokenizer, stopTokens: tokenizer.endToken === null ? [] : [tokenizer.endToken] };
  }
  const tokenizer = await loadTokenizer(path);
  const { stopTokens, chatTemplate } = tokenizer;
  if (chatTemplate === null) return { tokenizer, stopTokens };
  const { encode } = createChatTemplate({ tokenizer });
  return { tokenizer, stopTokens, render: (conversation, options) => encode(conversation, options) };
};

/** The pretrained model with its tokenizer, from the asset catalog or from files. */
export const loadPolicy = async (
  settings: PolicySettings,
  log: (line: string) => void = () => {},
): Promise<LoadedPolicy> => {
  const { policy } = settings;
  const asset = await fetchAsset(shortNames[policy] ?? policy, { log });
  const path = modelPath(asset);
  const bringsTokenizer = path.endsWith(".gguf") || existsSync(join(path, "tokenizer.json"));
  const tokenizerPath =
    settings.tokenizer ?? asset.files["tokenizer.bin"] ?? (bringsTokenizer ? path : undefined);
  if (tokenizerPath === undefined) {
    throw new InvalidArgumentError({
      argument: "tokenizer",
      value: settings.tokenizer,
      message: `policy ${policy} brings no tokenizer; give one as tokenizer: path/to/tokenizer.bin or tokenizer.json`,
    });
  }
  const { model, generation } = await loadModel(path);
  const trained = adapt(model, settings);
  return {
    model: settings.gradientCheckpointing ? recomputeLayers(trained) : trained,
    generation,
    ...(await written(tokenizerPath)),
  };
};
