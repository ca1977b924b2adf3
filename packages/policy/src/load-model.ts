import { readFile, stat } from "node:fs/promises";
import { writeFileAtomic } from "@accord-rl/checkpoint";
import { loadGguf } from "./gguf/load-gguf.ts";
import type { GenerationSettings } from "./hugging-face/generation-settings.ts";
import { loadHuggingFace } from "./hugging-face/load.ts";
import { decodeLlama2c, encodeLlama2c } from "./llama2c.ts";
import { readFailure } from "./read-failure.ts";
import { wholeWeights } from "./shared-parts.ts";
import { startsWith } from "./starts-with.ts";
import { readTransformer, type Transformer } from "./transformer.ts";

/**
 * Loads a language model: a Hugging Face folder (config.json, and model.safetensors or the parts that its index lists),
 * a GGUF file, or llama2.c's model.bin. What it is is told from its content. All of it becomes float32.
 *
 * @returns the model, and what its authors say about writing with it, where they do.
 * @throws CheckpointError when something is missing, damaged or of another kind of model.
 */
export const loadModel = async (
  path: string,
): Promise<{ model: Transformer; generation?: GenerationSettings }> => {
  const status = await stat(path).catch(readFailure(path));
  if (status.isDirectory()) return loadHuggingFace(path);
  if (await startsWith(path, "GGUF")) return { model: await loadGguf(path) };
  const { config, parts } = decodeLlama2c(await readFile(path).catch(readFailure(path)), path);
  const readPart = async ({ name }: { readonly name: string }) => parts.get(name) as Float32Array;
  return { model: await readTransformer(config, readPart, path) };
};

/**
 * Saves a model in llama2.c's format (float32).
 * @throws CheckpointError when the format can't express the model.
 */
export const saveLlama2c = async (model: Transformer, path: string): Promise<void> => {
  await writeFileAtomic(path, encodeLlama2c(model.config, await wholeWeights(model), path));
};
