import { readFile, stat } from "node:fs/promises";
import { writeFileAtomic } from "@accord-rl/files";
import { reject } from "../check.ts";
import { readPackedTransformer } from "../transformer/packed-transformer.ts";
import { wholeWeights } from "../transformer/shared-parts.ts";
import { type ReadTransformer, readTransformer, type Transformer } from "../transformer/transformer.ts";
import { loadGguf } from "./gguf/load-gguf.ts";
import type { GenerationSettings } from "./hugging-face/generation-settings.ts";
import { loadHuggingFace } from "./hugging-face/load.ts";
import { decodeLlama2c, encodeLlama2c } from "./llama2c.ts";
import { readFailure } from "./read-failure.ts";
import { startsWith } from "./starts-with.ts";

export interface LoadModelOptions {
  /**
   * How matrices are held in memory: "float32", or "q8_0" for a model that is used and not trained: blocks of 32 numbers
   * of eight bits with a scale, 1.46 bytes for each weight. They are unpacked for each product, which takes time. A Q8_0
   * file of llama.cpp's gives the same logits in both. Default "float32".
   */
  readonly weights?: "float32" | "q8_0";
}

const readers: Readonly<Record<"float32" | "q8_0", ReadTransformer>> = {
  float32: readTransformer,
  q8_0: readPackedTransformer,
};

/**
 * Loads a language model: a Hugging Face folder (config.json, and model.safetensors or the parts that its index lists),
 * a GGUF file, or llama2.c's model.bin. What it is is told from its content.
 *
 * @returns the model, and what its authors say about writing with it, where they do.
 * @throws CheckpointError when something is missing, damaged or of another kind of model.
 */
export const loadModel = async (
  path: string,
  { weights = "float32" }: LoadModelOptions = {},
): Promise<{ model: Transformer; generation?: GenerationSettings }> => {
  const read = readers[weights];
  if (read === undefined) {
    const message = `${JSON.stringify(weights)} is no way to hold weights, expected one of ${Object.keys(readers).join(", ")}`;
    reject("loadModel", "weights", weights, message);
  }
  const status = await stat(path).catch(readFailure(path));
  if (status.isDirectory()) return loadHuggingFace(path, read);
  if (await startsWith(path, "GGUF")) return { model: await loadGguf(path, read) };
  const { config, parts } = decodeLlama2c(await readFile(path).catch(readFailure(path)), path);
  const readPart = async ({ name }: { readonly name: string }) => parts.get(name) as Float32Array;
  return { model: await read(config, readPart, path) };
};

/**
 * Saves a model in llama2.c's format (float32).
 * @throws CheckpointError when the format can't express the model.
 */
export const saveLlama2c = async (model: Transformer, path: string): Promise<void> => {
  await writeFileAtomic(path, encodeLlama2c(model.config, await wholeWeights(model), path));
};
