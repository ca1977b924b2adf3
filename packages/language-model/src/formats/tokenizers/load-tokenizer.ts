import { readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { ModelTokenizer } from "@accord-rl/tokenizers";
import { parseTokenizerJson, tokenizerFromGguf } from "@accord-rl/tokenizers";
import { readGguf } from "../gguf/read-gguf.ts";
import { readFailure } from "../read-failure.ts";
import { startsWith } from "../starts-with.ts";

const readIfThere = (path: string): Promise<string | undefined> =>
  readFile(path, "utf8").catch((cause: NodeJS.ErrnoException) =>
    cause.code === "ENOENT" ? undefined : readFailure(path)(cause),
  );

/**
 * Loads a model's tokenizer: a Hugging Face folder or its tokenizer.json, with the files beside it that say which
 * tokens begin and end and how conversations are written; or a GGUF file, told from its content.
 *
 * @throws CheckpointError when something is missing, damaged or of another kind.
 */
export const loadTokenizer = async (path: string): Promise<ModelTokenizer> => {
  const isFolder = (await stat(path).catch(readFailure(path))).isDirectory();
  if (!isFolder && (await startsWith(path, "GGUF"))) {
    const file = await readGguf(path);
    await file.close();
    return tokenizerFromGguf(file.metadata, path);
  }
  const folder = isFolder ? path : dirname(path);
  const file = isFolder ? join(path, "tokenizer.json") : path;
  const tokenizer = await readFile(file, "utf8").catch(readFailure(file));
  const [config, specialTokensMap, generationConfig, modelConfig, chatTemplate] = await Promise.all(
    [
      "tokenizer_config.json",
      "special_tokens_map.json",
      "generation_config.json",
      "config.json",
      "chat_template.jinja",
    ].map((name) => readIfThere(join(folder, name))),
  );
  return parseTokenizerJson(
    { tokenizer, config, specialTokensMap, generationConfig, modelConfig, chatTemplate },
    file,
  );
};
