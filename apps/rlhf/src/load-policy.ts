import { fetchAsset } from "@accord-rl/assets";
import { InvalidArgumentError, type Tokenizer } from "@accord-rl/core";
import { type Llama, loadLlama2cTokenizer, loadModel } from "@accord-rl/policy";
import type { Options } from "./options.ts";

/** The pretrained model with its tokenizer, from the asset catalog or from files. */
export const loadPolicy = async (
  { policy, tokenizer }: Options,
  log: (line: string) => void,
): Promise<{ model: Llama; tokenizer: Tokenizer }> => {
  const { path, files } = await fetchAsset(policy, { log });
  const tokenizerPath = tokenizer ?? files["tokenizer.bin"];
  if (tokenizerPath === undefined) {
    throw new InvalidArgumentError({
      argument: "tokenizer",
      value: tokenizer,
      message: `--policy ${policy} brings no tokenizer; give one with --tokenizer path/to/tokenizer.bin`,
    });
  }
  const { model } = await loadModel(files["model.bin"] ?? path);
  return { model, tokenizer: await loadLlama2cTokenizer(tokenizerPath) };
};
