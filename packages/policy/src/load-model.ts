import { readFile, stat } from "node:fs/promises";
import { writeFileAtomic } from "@accord-rl/checkpoint";
import { requireFinite } from "./finite-weights.ts";
import { loadHuggingFace } from "./hugging-face.ts";
import { decodeLlama2c, encodeLlama2c } from "./llama2c.ts";
import { readFailure } from "./read-failure.ts";
import { createTransformer, type Transformer } from "./transformer.ts";

/**
 * Loads a language model: llama2.c's model.bin, or a Hugging Face folder (config.json and model.safetensors).
 * What it is is told from its content.
 *
 * @throws CheckpointError when something is missing, damaged or of another kind of model.
 */
export const loadModel = async (path: string): Promise<{ model: Transformer }> => {
  const status = await stat(path).catch(readFailure(path));
  if (status.isDirectory()) return { model: await loadHuggingFace(path) };
  const { config, weights } = decodeLlama2c(await readFile(path).catch(readFailure(path)), path);
  return { model: createTransformer(config, requireFinite(weights, path)) };
};

/**
 * Saves a model in llama2.c's format (float32).
 * @throws CheckpointError when the format can't express the model.
 */
export const saveLlama2c = async (model: Transformer, path: string): Promise<void> => {
  const { tensors } = await model.state();
  await writeFileAtomic(path, encodeLlama2c(model.config, tensors, path));
};
