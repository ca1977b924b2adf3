import { join } from "node:path";
import { safetensorsPieces } from "@accord-rl/checkpoint";
import type { TensorData, Tokenizer } from "@accord-rl/core";
import { writeFileAtomic } from "@accord-rl/files";
import { wholeWeights } from "../../transformer/shared-parts.ts";
import type { Transformer } from "../../transformer/transformer.ts";
import { separateWeights } from "../../weights/weight-parts.ts";
import { savable, saveTokenizer, withTokenizerEnds } from "../tokenizers/save-tokenizer.ts";
import { describe } from "./config.ts";
import { type FileTensor, fileTensors, shifted, transposed } from "./file-tensors.ts";
import {
  type GenerationSettings,
  specialTokenFields,
  writeGenerationSettings,
} from "./generation-settings.ts";

/** A tensor of the file, of its parts in memory. Leaves those as they are. */
export const tensorForFile = (tensor: FileTensor, separate: ReadonlyMap<string, TensorData>): TensorData => {
  const { shape, parts, isTransposed, offset } = tensor;
  const numbers = parts.map(({ name }) => separate.get(name)?.data as Float32Array);
  const whole = (): Float32Array => {
    const joined = new Float32Array(numbers.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const part of numbers) {
      joined.set(part, at);
      at += part.length;
    }
    return joined;
  };
  const isAsItIs = parts.length === 1 && !isTransposed && offset === 0;
  const data = isAsItIs ? (numbers[0] as Float32Array) : shifted(whole(), -offset);
  const [columns = 0, rows = 0] = shape;
  return { dtype: "float32", shape, data: isTransposed ? transposed(data, rows, columns) : data };
};

export interface SaveOptions {
  /** Special tokens and how to write, as `loadModel` gives them. Default: the tokenizer's special tokens. */
  readonly generation?: GenerationSettings;
  /**
   * The model's tokenizer, as `loadTokenizer` or `loadLlama2cTokenizer` gives it: transformers' `AutoTokenizer` and
   * `pipeline` need it in the folder. Default: none is saved.
   */
  readonly tokenizer?: Tokenizer;
}

/**
 * Saves a model as a Hugging Face folder (config.json, model.safetensors in float32, and with a
 * tokenizer its files and generation_config.json), as the family whose parts it has.
 * Adapters are merged into what is written. Query and key rows are written in the halved rotary layout that all of them expect.
 *
 * @throws CheckpointError when no family has just these parts, or the folder can't be written.
 * @throws InvalidArgumentError when the tokenizer came from no file.
 */
export const saveHuggingFace = async (
  model: Transformer,
  folder: string,
  options: SaveOptions = {},
): Promise<void> => {
  const tokenizer = options.tokenizer && savable("saveHuggingFace", options.tokenizer);
  const generation = tokenizer ? withTokenizerEnds(options.generation ?? {}, tokenizer) : options.generation;
  const { config } = model;
  const path = join(folder, "config.json");
  const { architecture, text } = describe(config, path, specialTokenFields(generation ?? {}));
  const separate = separateWeights(config, await wholeWeights(model), "half");
  const named = fileTensors(architecture, config).map(
    (tensor) => [tensor.name, tensorForFile(tensor, separate)] as const,
  );
  const pieces = safetensorsPieces(Object.fromEntries(named), { format: "pt" });
  await writeFileAtomic(join(folder, "model.safetensors"), pieces);
  if (tokenizer !== undefined) await saveTokenizer(folder, tokenizer);
  if (generation !== undefined) {
    await writeFileAtomic(join(folder, "generation_config.json"), writeGenerationSettings(generation));
  }
  await writeFileAtomic(path, text);
};
