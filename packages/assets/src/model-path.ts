import type { FetchedAsset } from "./asset.ts";

/** What a model is loaded from, of what was fetched: its GGUF file or llama2.c's model.bin, else the folder or file itself. */
export const modelPath = ({ path, files }: Pick<FetchedAsset, "path" | "files">): string =>
  files["model.bin"] ?? Object.values(files).find((file) => file.endsWith(".gguf")) ?? path;
