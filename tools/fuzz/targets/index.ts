import type { FuzzTarget } from "../target.ts";

/** Each target by its name, loaded when it runs. */
export const targets: Readonly<Record<string, () => Promise<FuzzTarget>>> = {
  csv: async () => (await import("./rows.ts")).csv,
  gguf: async () => (await import("./gguf.ts")).gguf,
  json: async () => (await import("./rows.ts")).json,
  "json-lines": async () => (await import("./rows.ts")).jsonLines,
  parquet: async () => (await import("./parquet.ts")).parquet,
  safetensors: async () => (await import("./safetensors.ts")).safetensors,
  template: async () => (await import("./template.ts")).template,
  tokenizer: async () => (await import("./tokenizer.ts")).tokenizer,
};
