import { readFile } from "node:fs/promises";
import { parseLlama2cTokenizer, type SavableTokenizer } from "@accord-rl/tokenizers";
import { readFailure } from "../read-failure.ts";

/** Reads llama2.c's tokenizer.bin. @throws CheckpointError when the file is missing, cut or is none. */
export const loadLlama2cTokenizer = async (path: string): Promise<SavableTokenizer> =>
  parseLlama2cTokenizer(await readFile(path).catch(readFailure(path)), path);
