import { join } from "node:path";
import type { Tokenizer } from "@accord-rl/core";
import { writeFileAtomic } from "@accord-rl/files";
import type { SavableTokenizer } from "@accord-rl/tokenizers";
import { reject } from "../../check.ts";
import type { GenerationSettings } from "../hugging-face/generation-settings.ts";

const isSavable = (tokenizer: Tokenizer): tokenizer is SavableTokenizer =>
  (tokenizer as Partial<SavableTokenizer>).files !== undefined;

/** @throws InvalidArgumentError where the tokenizer was made in memory: it has no files to save. */
export const savable = (where: string, tokenizer: Tokenizer): SavableTokenizer =>
  isSavable(tokenizer)
    ? tokenizer
    : reject(
        where,
        "tokenizer",
        tokenizer,
        "the tokenizer came from no file; load one with loadTokenizer or loadLlama2cTokenizer",
      );

/** Special tokens as the tokenizer knows them, where the settings don't say. */
export const withTokenizerEnds = (
  generation: GenerationSettings,
  { beginToken, endToken, stopTokens = endToken === null ? [] : [endToken] }: SavableTokenizer,
): GenerationSettings => ({
  ...(beginToken !== null && { beginToken }),
  ...(stopTokens.length > 0 && { stopTokens }),
  ...generation,
});

/** Without it, transformers takes the class of the model's family, which has a pipeline of its own. */
const plainConfig = `${JSON.stringify({ tokenizer_class: "PreTrainedTokenizerFast", clean_up_tokenization_spaces: false }, null, 2)}\n`;

/** Writes tokenizer.json and what stands beside it. */
export const saveTokenizer = async (folder: string, tokenizer: SavableTokenizer): Promise<void> => {
  const { tokenizer: json, config, specialTokensMap, chatTemplate } = tokenizer.files();
  const texts = {
    "tokenizer.json": json,
    "tokenizer_config.json": config ?? plainConfig,
    "special_tokens_map.json": specialTokensMap,
    "chat_template.jinja": chatTemplate,
  };
  for (const [name, text] of Object.entries(texts)) {
    if (text !== undefined) await writeFileAtomic(join(folder, name), text);
  }
};
