import { join } from "node:path";
import type { TransformerConfig } from "../../config/transformer-config.ts";
import { type ReadTransformer, readTransformer, type Transformer } from "../../transformer/transformer.ts";
import { readText } from "../read-failure.ts";
import { type Description, readDescription } from "./config.ts";
import { type GenerationSettings, readGenerationSettings } from "./generation-settings.ts";
import { partReader } from "./read-weights.ts";
import { withSeparateHead } from "./separate-head.ts";
import { openWeights, type WeightFiles } from "./weight-files.ts";

/** A model, and how its authors let it write. */
export interface LoadedModel {
  readonly model: Transformer;
  readonly generation: GenerationSettings;
}

/** What the config.json of a folder says. @throws CheckpointError when it can't be read or is of another family. */
export const readFolderDescription = async (folder: string): Promise<Description> => {
  const path = join(folder, "config.json");
  return readDescription(await readText(path), path);
};

/** Opens a folder's weights for as long as `use` takes. */
export const withWeights = async <T>(folder: string, use: (files: WeightFiles) => Promise<T>): Promise<T> => {
  const files = await openWeights(folder);
  try {
    return await use(files);
  } finally {
    await files.close();
  }
};

/** The model of a configuration, its weights read one tensor after the other. @param others read elsewhere */
export const readModel = (
  description: Pick<Description, "architecture"> & { readonly config: TransformerConfig },
  files: WeightFiles,
  others?: readonly string[],
): Promise<Transformer> =>
  readTransformer(description.config, partReader(description, files, others), files.path);

/** Loads a folder with config.json and weights. @throws CheckpointError when it can't be read. */
export const loadHuggingFace = async (
  folder: string,
  read: ReadTransformer = readTransformer,
): Promise<LoadedModel> => {
  const description = await readFolderDescription(folder);
  const generation = await readGenerationSettings(folder, description.fields);
  const model = await withWeights(folder, async (files) => {
    const config = await withSeparateHead(description, files);
    return read(config, partReader({ ...description, config }, files), folder);
  });
  return { model, generation };
};
