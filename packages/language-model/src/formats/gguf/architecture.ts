import type { TransformerConfig } from "../../config/transformer-config.ts";
import type { FileNaming } from "../hugging-face/file-tensors.ts";
import type { ModelFields } from "./model-fields.ts";
import { Float, type WritableMetadata } from "./write-header.ts";

/** How GGUF describes and names one family of models. */
export interface GgufArchitecture extends FileNaming {
  /** The rotary layout of its files. */
  readonly ropeLayout: TransformerConfig["ropeLayout"];
  /** What all its models have and a plain Llama hasn't. */
  readonly parts?: Partial<TransformerConfig>;
  /** Its models may have biases: where the file has them. Default false. */
  readonly mayHaveBiases?: boolean;
  /** What follows from the metadata, beside what is read for all. */
  readParts?(fields: ModelFields, config: TransformerConfig): Partial<TransformerConfig>;
  /** What its metadata says beside what all say; keys without the architecture's name. */
  writeParts?(config: TransformerConfig): WritableMetadata;
}

const names = {
  embedding: "token_embd",
  norm: "output_norm",
  output: "output",
  attentionNorm: "attn_norm",
  queries: "attn_q",
  keys: "attn_k",
  values: "attn_v",
  queryNorm: "attn_q_norm",
  keyNorm: "attn_k_norm",
  attentionOutput: "attn_output",
  feedForwardNorm: "ffn_norm",
  gate: "ffn_gate",
  up: "ffn_up",
  down: "ffn_down",
};

const common = { prefix: "", layers: "blk.", names } as const;

/** Its files have the rows of queries and keys in an order in which neighbours turn together. */
const llama: GgufArchitecture = {
  ...common,
  modelType: "llama",
  ropeLayout: "interleaved",
  mayHaveBiases: true,
};

const qwen2: GgufArchitecture = {
  ...common,
  modelType: "qwen2",
  ropeLayout: "half",
  parts: { queryKeyValueBias: true },
};

const qwen3: GgufArchitecture = {
  ...common,
  modelType: "qwen3",
  ropeLayout: "half",
  parts: { queryKeyNorm: true },
};

const gpt2: GgufArchitecture = {
  ...common,
  modelType: "gpt2",
  ropeLayout: "half",
  names: { ...names, positions: "position_embd", queryKeyValue: "attn_qkv" },
  isJoined: true,
  parts: {
    norm: "layer",
    positions: "learned",
    feedForward: "gelu",
    queryKeyValueBias: true,
    attentionOutputBias: true,
    feedForwardBias: true,
  },
  readParts: (fields) => ({ normEpsilon: fields.number("attention.layer_norm_epsilon") }),
  writeParts: (config) => ({ "attention.layer_norm_epsilon": new Float(config.normEpsilon) }),
};

/** Every sixth layer sees everything; the others turn by a base of their own. */
const gemmaPattern = 6;
const gemmaLocalTheta = 10_000;

const gemma3: GgufArchitecture = {
  ...common,
  modelType: "gemma3",
  ropeLayout: "half",
  names: { ...names, attentionOutputNorm: "post_attention_norm", downNorm: "post_ffw_norm" },
  parts: { outputNorms: true, queryKeyNorm: true, feedForward: "geglu" },
  readParts: (fields, { width, heads, layers, headSize = width / heads }) => {
    const pattern = fields.number("attention.sliding_window_pattern", gemmaPattern);
    const sliding = {
      layers: Array.from({ length: layers }, (_, layer) => layer).filter(
        (layer) => (layer + 1) % pattern !== 0,
      ),
      window: fields.number("attention.sliding_window"),
      ropeTheta: fields.number("rope.freq_base_swa", gemmaLocalTheta),
    };
    // The largest of the family, of 62 layers, scales by the size of a head that its width would give.
    const scoreScale = 1 / Math.sqrt(layers === 62 ? width / heads : headSize);
    return {
      embeddingScale: Math.sqrt(width),
      scoreScale,
      ...(sliding.layers.length > 0 && { sliding }),
    };
  },
  writeParts: ({ sliding, contextLength }) => ({
    "attention.sliding_window": sliding?.window ?? contextLength,
  }),
};

/** The families that can be read and written; a model is written as the first that has its parts. */
export const ggufArchitectures: readonly GgufArchitecture[] = [qwen2, qwen3, gemma3, gpt2, llama];
