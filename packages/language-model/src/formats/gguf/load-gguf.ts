import { CheckpointError } from "@accord-rl/core";
import type { ReadTransformer, Transformer } from "../../transformer/transformer.ts";
import { partReader } from "../hugging-face/read-weights.ts";
import type { WeightFiles } from "../hugging-face/weight-files.ts";
import { readConfig, ropeFactorsName } from "./read-config.ts";
import type { GgufFile } from "./read-gguf.ts";
import { openGguf } from "./split-gguf.ts";

/** The tensors of an open file, as the files of a Hugging Face folder give theirs. */
const asWeightFiles = ({ path, tensors, readTensor, close }: GgufFile): WeightFiles => {
  const shapes = new Map([...tensors.values()].map(({ name, shape }) => [name, shape]));
  return {
    path,
    shapes,
    read: async (name) => ({
      dtype: "float32",
      shape: shapes.get(name) ?? [],
      data: await readTensor(name),
    }),
    close,
  };
};

/**
 * Loads a model from a GGUF file, one tensor after the other.
 * @throws CheckpointError when it can't be read, is damaged, or holds a model of another family.
 */
export const loadGguf = async (path: string, read: ReadTransformer): Promise<Transformer> => {
  const file = await openGguf(path);
  try {
    const { architecture, config } = await readConfig(file, (message) => {
      throw new CheckpointError({ path, message });
    });
    const readPart = partReader({ architecture, config }, asWeightFiles(file), [ropeFactorsName]);
    return await read(config, readPart, path);
  } finally {
    await file.close();
  }
};
