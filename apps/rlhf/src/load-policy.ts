import { fetchAsset } from "@accord-rl/assets";
import { InvalidArgumentError, type Tokenizer } from "@accord-rl/core";
import type { RenderChat } from "@accord-rl/data";
import { loadLlama2cTokenizer, loadModel, type Transformer } from "@accord-rl/policy";
import type { Options } from "./options.ts";

/** Said before anything is trained. @throws InvalidArgumentError where a text would not fit into the model's context. */
const checkLengths = (contextLength: number, { promptTokens, responseTokens, textTokens }: Options): void => {
  const needed = { argument: "promptTokens", value: promptTokens + responseTokens };
  const text = { argument: "textTokens", value: textTokens };
  const said = `--prompt-tokens ${promptTokens} and --response-tokens ${responseTokens}`;
  for (const [{ argument, value }, flags] of [
    [needed, said],
    [text, `--text-tokens ${textTokens}`],
  ] as const) {
    if (value <= contextLength) continue;
    const message = `${flags}: ${value} tokens are more than the model's context of ${contextLength}; choose less`;
    throw new InvalidArgumentError({ argument, value, message });
  }
};

/** A pretrained model, and how it is written for. */
export interface LoadedPolicy {
  readonly model: Transformer;
  readonly tokenizer: Tokenizer;
  /** Its chat template; undefined where it has none, and conversations are written as plain text. */
  readonly render?: RenderChat | undefined;
  /** What ends an answer, where a task has answers that end. */
  readonly stopTokens: readonly number[];
}

/** The pretrained model with its tokenizer, from the asset catalog or from files. */
export const loadPolicy = async (options: Options, log: (line: string) => void): Promise<LoadedPolicy> => {
  const { policy } = options;
  const { path, files } = await fetchAsset(policy, { log });
  const tokenizerPath = options.tokenizer ?? files["tokenizer.bin"];
  if (tokenizerPath === undefined) {
    throw new InvalidArgumentError({
      argument: "tokenizer",
      value: options.tokenizer,
      message: `--policy ${policy} brings no tokenizer; give one with --tokenizer path/to/tokenizer.bin`,
    });
  }
  const { model } = await loadModel(files["model.bin"] ?? path);
  checkLengths(model.config.contextLength, options);
  const tokenizer = await loadLlama2cTokenizer(tokenizerPath);
  return { model, tokenizer, stopTokens: tokenizer.endToken === null ? [] : [tokenizer.endToken] };
};
