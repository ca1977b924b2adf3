import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { decodeSafetensors, encodeSafetensors } from "@accord-rl/checkpoint";
import { CheckpointError, quoteOutside, type Random, type TensorData } from "@accord-rl/core";
import { writeFileAtomic } from "@accord-rl/files";
import { readTensor } from "@accord-rl/math";
import { convertRopeLayout } from "../config/rope-layout.ts";
import { headSizes, type TransformerConfig } from "../config/transformer-config.ts";
import { readFailure, readText } from "../formats/read-failure.ts";
import type { Transformer } from "../transformer/transformer.ts";
import { checkFinite } from "../weights/finite-weights.ts";
import { createPair, type PairValues } from "./lora-adapter.ts";
import { type LoraSite, loraSites } from "./lora-sites.ts";
import { parsePeftConfig, peftConfigText } from "./peft-config.ts";
import { adaptTransformer, type LoraTransformer } from "./with-lora.ts";

const configName = "adapter_config.json";
const weightsName = "adapter_model.safetensors";
const prefix = "base_model.model.";
const tensorName = (site: LoraSite, matrix: "A" | "B") => `${prefix}${site.module}.lora_${matrix}.weight`;

/** Rows of B in the rotary layout `to`: those of queries and keys turn in pairs. @param up [O, r] */
const layOut = (
  config: TransformerConfig,
  { target }: LoraSite,
  { up, rank, to }: { up: Float32Array; rank: number; to: TransformerConfig["ropeLayout"] },
): Float32Array => {
  const isTurned = target === "q_proj" || target === "k_proj";
  if (config.ropeLayout === "half" || !isTurned) return up;
  return convertRopeLayout(up, { columns: rank, headSize: headSizes(config).headSize, to });
};

/**
 * Saves the adapter as PEFT does: adapter_config.json and adapter_model.safetensors (float32).
 * @param options.baseModel  the base's name on Hugging Face or its folder, for those who load the adapter. Default none.
 */
export const saveLora = async (
  { adapter, config }: LoraTransformer,
  folder: string,
  { baseModel = null }: { readonly baseModel?: string | null } = {},
): Promise<void> => {
  const tensors: Record<string, TensorData> = {};
  for (const { site, down, up } of adapter.pairs) {
    const matrix = await readTensor(up);
    const rank = up.shape[1];
    const data = layOut(config, site, { up: matrix.data as Float32Array, rank, to: "half" });
    tensors[tensorName(site, "A")] = await readTensor(down);
    tensors[tensorName(site, "B")] = { ...matrix, data };
  }
  const text = peftConfigText(adapter, config, baseModel);
  await writeFileAtomic(join(folder, weightsName), encodeSafetensors(tensors, { format: "pt" }));
  await writeFileAtomic(join(folder, configName), text);
};

/** The matrices of each site that the file has. @throws CheckpointError when they don't fit the model. */
const readPairs = (
  config: TransformerConfig,
  tensors: Readonly<Record<string, TensorData>>,
  path: string,
): PairValues[] => {
  const fail = (message: string): never => {
    throw new CheckpointError({ path, message });
  };
  const used = new Set<string>();
  const take = (name: string, shape: readonly [number | undefined, number | undefined]): TensorData => {
    used.add(name);
    const tensor = tensors[name] ?? fail(`tensor "${name}" is missing; A and B belong together`);
    const fits = tensor.shape.length === 2 && tensor.shape.every((size, i) => size === (shape[i] ?? size));
    if (tensor.dtype !== "float32" || !fits || tensor.shape.includes(0)) {
      const expected = shape.map((size) => size ?? "r").join(", ");
      fail(
        `tensor "${name}" is ${tensor.dtype} [${tensor.shape}], expected float32 [${expected}]; it adapts another model`,
      );
    }
    checkFinite(name, tensor.data as Float32Array, path);
    return tensor;
  };
  const pairs = loraSites(config)
    .filter((site) => tensors[tensorName(site, "A")] ?? tensors[tensorName(site, "B")])
    .map((site) => {
      const down = take(tensorName(site, "A"), [undefined, site.inputs]);
      const rank = down.shape[0] as number;
      const matrix = take(tensorName(site, "B"), [site.outputs, rank]).data as Float32Array;
      const up = layOut(config, site, { up: matrix, rank, to: config.ropeLayout });
      return { site, down: down.data as Float32Array, up };
    });
  const stranger = Object.keys(tensors).find((name) => !used.has(name));
  if (stranger !== undefined) fail(`tensor ${quoteOutside(stranger)} adapts no matrix of this model`);
  if (pairs.length === 0) fail("it adapts nothing");
  return pairs;
};

export interface LoadLoraOptions {
  /** Draws the dropout. */
  readonly random: Random;
  /** For further training. Default 0, whatever the file says of the training before. */
  readonly dropout?: number;
}

/**
 * The model with an adapter that PEFT or `saveLora` wrote. It holds the model's weights, as `withLora` does.
 * @throws CheckpointError when the adapter can't be read, adapts another model, or computes otherwise than LoRA.
 */
export const loadLora = async (
  model: Transformer,
  folder: string,
  { random, dropout = 0 }: LoadLoraOptions,
): Promise<LoraTransformer> => {
  const [configPath, path] = [join(folder, configName), join(folder, weightsName)];
  const { alphaOf, ...settings } = parsePeftConfig(await readText(configPath), configPath);
  const { tensors } = decodeSafetensors(await readFile(path).catch(readFailure(path)), path);
  const values = readPairs(model.config, tensors, path);
  const targets = [...new Set(values.map(({ site }) => site.target))];
  const pairs = values.map((pair) => createPair(pair, { ...settings, alpha: alphaOf(pair.site.module) }));
  return adaptTransformer(model.shared, { settings: { ...settings, targets, dropout }, pairs }, random);
};
