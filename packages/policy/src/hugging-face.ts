import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { decodeSafetensors, encodeSafetensors, writeFileAtomic } from "@accord-rl/checkpoint";
import { CheckpointError, type TensorData } from "@accord-rl/core";
import { requireFinite } from "./finite-weights.ts";
import { configFromHuggingFace, configToHuggingFace } from "./hugging-face-config.ts";
import { joinWeights, type LayerWeights, separateWeights } from "./layer-weights.ts";
import { readFailure } from "./read-failure.ts";
import { createTransformer, type Transformer } from "./transformer.ts";
import { headSizes, type TransformerConfig } from "./transformer-config.ts";
import type { TransformerWeights } from "./transformer-parameters.ts";

const layerNames: Record<keyof LayerWeights, string> = {
  attentionNorm: "input_layernorm",
  queries: "self_attn.q_proj",
  keys: "self_attn.k_proj",
  values: "self_attn.v_proj",
  attentionOutput: "self_attn.o_proj",
  feedForwardNorm: "post_attention_layernorm",
  gate: "mlp.gate_proj",
  up: "mlp.up_proj",
  down: "mlp.down_proj",
};
const layerParts = Object.keys(layerNames) as (keyof LayerWeights)[];
const layerName = (index: number, part: keyof LayerWeights) =>
  `model.layers.${index}.${layerNames[part]}.weight`;

const layerShapes = (config: TransformerConfig): Record<keyof LayerWeights, readonly number[]> => {
  const { width: D, hiddenWidth: F } = config;
  const { valueWidth } = headSizes(config);
  return {
    attentionNorm: [D],
    queries: [D, D],
    keys: [valueWidth, D],
    values: [valueWidth, D],
    attentionOutput: [D, D],
    feedForwardNorm: [D],
    gate: [F, D],
    up: [F, D],
    down: [D, F],
  };
};

const weightsFrom = (
  config: TransformerConfig,
  tensors: Readonly<Record<string, TensorData>>,
  path: string,
): TransformerWeights => {
  const used = new Set<string>();
  const fail = (message: string): never => {
    throw new CheckpointError({ path, message });
  };
  const take = (name: string, shape: readonly number[]): Float32Array => {
    used.add(name);
    const tensor = tensors[name];
    if (!tensor)
      return fail(`tensor "${name}" is missing; expected a Llama model as config.json describes it`);
    if (tensor.dtype !== "float32" || tensor.shape.join() !== shape.join()) {
      fail(`tensor "${name}" is ${tensor.dtype} [${tensor.shape}], expected float32 [${shape}]`);
    }
    return tensor.data as Float32Array;
  };
  const { vocabularySize: V, width: D, layers, tiedOutput } = config;
  const shapes = layerShapes(config);
  const layer = (index: number) =>
    Object.fromEntries(layerParts.map((part) => [part, take(layerName(index, part), shapes[part])]));
  const separate = {
    embedding: take("model.embed_tokens.weight", [V, D]),
    layers: Array.from({ length: layers }, (_, index) => layer(index) as unknown as LayerWeights),
    norm: take("model.norm.weight", [D]),
    output: tiedOutput ? undefined : take("lm_head.weight", [V, D]),
  };
  // Some writers store the tied output, and the constants of the rotary embedding, a second time.
  const ignored = /(^lm_head\.weight|rotary_emb\.inv_freq)$/;
  const extra = Object.keys(tensors).find((name) => !used.has(name) && !ignored.test(name));
  if (extra !== undefined) fail(`tensor "${extra}" belongs to no part of a plain Llama model`);
  return joinWeights(config, separate);
};

/** Loads a folder with config.json and model.safetensors. @throws CheckpointError when it can't be read. */
export const loadHuggingFace = async (folder: string): Promise<Transformer> => {
  const configPath = join(folder, "config.json");
  const path = join(folder, "model.safetensors");
  const text = await readFile(configPath, "utf8").catch(readFailure(configPath));
  const config = configFromHuggingFace(text, configPath);
  const { tensors } = decodeSafetensors(await readFile(path).catch(readFailure(path)), path);
  return createTransformer(config, requireFinite(weightsFrom(config, tensors, path), path));
};

/**
 * Saves a model as a Hugging Face folder (config.json and model.safetensors, float32). Query and key rows are written
 * in the halved rotary layout that it expects.
 */
export const saveHuggingFace = async (model: Transformer, folder: string): Promise<void> => {
  const { config } = model;
  const { tensors } = await model.state();
  const separate = separateWeights(config, tensors, "half");
  const { vocabularySize: V, width: D } = config;
  const shapes = layerShapes(config);
  const float = (shape: readonly number[], data: Float32Array): TensorData => ({
    dtype: "float32",
    shape,
    data,
  });
  const named: Record<string, TensorData> = {
    "model.embed_tokens.weight": float([V, D], separate.embedding),
  };
  separate.layers.forEach((layer, index) => {
    for (const part of layerParts) named[layerName(index, part)] = float(shapes[part], layer[part]);
  });
  named["model.norm.weight"] = float([D], separate.norm);
  if (separate.output) named["lm_head.weight"] = float([V, D], separate.output);
  await mkdir(folder, { recursive: true });
  await writeFileAtomic(join(folder, "model.safetensors"), encodeSafetensors(named, { format: "pt" }));
  await writeFileAtomic(join(folder, "config.json"), configToHuggingFace(config));
};
