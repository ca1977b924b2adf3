import type { TransformerConfig } from "../../config/transformer-config.ts";
import type { Description } from "./config.ts";
import { fileTensors } from "./file-tensors.ts";
import { findName } from "./read-weights.ts";
import type { WeightFiles } from "./weight-files.ts";

const headName = "lm_head.weight";

const holdSame = async (files: WeightFiles, first: string, second: string): Promise<boolean> => {
  if (files.shapes.get(first)?.join() !== files.shapes.get(second)?.join()) return false;
  const [a, b] = [(await files.read(first)).data, (await files.read(second)).data];
  return a.every((value, i) => value === b[i]);
};

/**
 * The configuration of what the files hold: an output layer of its own where there is one that differs from the
 * embedding, whatever config.json says. A training that merged a changed head leaves such a folder.
 * transformers 5 warns and reads it so too.
 */
export const withSeparateHead = async (
  { architecture, config }: Pick<Description, "architecture" | "config">,
  files: WeightFiles,
): Promise<TransformerConfig> => {
  if (!config.tiedOutput || !files.shapes.has(headName)) return config;
  const [embedding] = fileTensors(architecture, config);
  const name = findName(files.shapes, embedding?.name ?? "", architecture.prefix);
  if (await holdSame(files, name, headName)) return config;
  process.emitWarning(
    `${files.path}: config.json says that the output layer is the embedding, but ${headName} differs from it. It is loaded as a layer of its own.`,
    "AccordWarning",
  );
  return { ...config, tiedOutput: false };
};
