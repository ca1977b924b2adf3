import { CheckpointError } from "@accord-rl/core";
import { writeFileAtomic } from "@accord-rl/files";
import type { GgufMetadata } from "@accord-rl/tokenizers";
import { wholeWeights } from "../../transformer/shared-parts.ts";
import type { Transformer } from "../../transformer/transformer.ts";
import { checkFinite } from "../../weights/finite-weights.ts";
import { separateWeights } from "../../weights/weight-parts.ts";
import { fileTensors } from "../hugging-face/file-tensors.ts";
import { tensorForFile } from "../hugging-face/save.ts";
import { f16, type GgufPacking } from "./pack.ts";
import { f32 } from "./tensor-types.ts";
import { describeForGguf } from "./write-config.ts";
import { ggufHeader, padding } from "./write-header.ts";

export interface SaveGgufOptions {
  /** How matrices are stored, `f16` or `q8_0`; vectors and positions stay float32. Default `f16`. */
  readonly type?: GgufPacking;
  /**
   * Metadata of the file that the model came from, as `readGguf` gives it: what it says of the tokenizer, the chat
   * template, and the model's name and licence is carried over. Without a tokenizer, llama.cpp takes tokens only.
   */
  readonly metadata?: GgufMetadata;
}

/** What a new file says for itself. */
const own = new Set([
  "general.architecture",
  "general.file_type",
  "general.quantization_version",
  "general.alignment",
]);

const carriedOver = (metadata: GgufMetadata): GgufMetadata => {
  const entries = Object.entries(metadata).filter(
    ([key]) => key.startsWith("tokenizer.") || (key.startsWith("general.") && !own.has(key)),
  );
  return { "tokenizer.ggml.model": "none", ...Object.fromEntries(entries) };
};

interface Packed {
  readonly name: string;
  readonly shape: readonly number[];
  readonly id: number;
  readonly data: Uint8Array;
}

const asFloats = (name: string, shape: readonly number[], data: Float32Array): Packed => {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return { name, shape, id: f32.id, data: bytes };
};

/** A matrix is packed where its rows are whole blocks, and as F16 where they aren't. */
const packed = (name: string, shape: readonly number[], data: Float32Array, type: GgufPacking): Packed => {
  if (shape.length < 2 || name.startsWith("position_embd")) return asFloats(name, shape, data);
  const fitting = (shape.at(-1) as number) % type.blockSize === 0 ? type : f16;
  return { name, shape, id: fitting.id, data: fitting.pack(data) };
};

/** Beyond it, a number would become infinite: as one of F16, or as the scale of a block. */
const largest = { F16: 65504, Q8_0: 65504 * 127 } as const;

const checkRange = (name: string, data: Float32Array, type: GgufPacking, path: string): Float32Array => {
  const limit = largest[type.name];
  const value = checkFinite(name, data, path).find((each) => Math.abs(each) > limit);
  if (value === undefined) return data;
  const message = `"${name}" holds ${value}, ${type.name} at most ${limit}; save it with saveHuggingFace`;
  throw new CheckpointError({ path, message });
};

/**
 * Saves a model as a GGUF file (version 3) that llama.cpp loads, as the family whose parts it has.
 *
 * @throws CheckpointError when no family has just these parts, a number is out of range, or the file can't be written.
 * @see https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
 */
export const saveGguf = async (
  model: Transformer,
  path: string,
  { type = f16, metadata = {} }: SaveGgufOptions = {},
): Promise<void> => {
  const { config } = model;
  const description = await describeForGguf(config, path);
  const tensors = await wholeWeights(model);
  const separate = separateWeights(config, tensors, description.architecture.ropeLayout);
  const weights = fileTensors(description.architecture, config).map((tensor) => {
    const { shape, data } = tensorForFile(tensor, separate);
    return packed(tensor.name, shape, checkRange(tensor.name, data as Float32Array, type, path), type);
  });
  const constants = [...description.constants].map(([name, data]) => asFloats(name, [data.length], data));
  const all = [...constants, ...weights];
  const header = ggufHeader(
    {
      ...carriedOver(metadata),
      ...description.metadata,
      "general.file_type": type.fileType,
      "general.quantization_version": 2,
    },
    all.map(({ data, ...entry }) => ({ ...entry, bytes: data.length })),
  );
  await writeFileAtomic(path, [header, ...all.flatMap(({ data }) => [data, padding(data.length)])]);
};
