import type { TransformerConfig } from "../transformer-config.ts";
import type { Architecture } from "./architecture.ts";
import type { ConfigFields, Fields } from "./config-fields.ts";
import { readRope, scalingFields } from "./rope-fields.ts";

/** What the configurations of Llama, Qwen and Gemma have in common. */
export const readLlamaLike = (
  fields: ConfigFields,
  {
    tiedOutput = false,
    headSize,
    ropeTheta,
  }: { tiedOutput?: boolean; headSize?: number; ropeTheta?: number } = {},
): TransformerConfig => {
  const heads = fields.number("num_attention_heads");
  const width = fields.number("hidden_size");
  const size = fields.number("head_dim", headSize ?? width / heads);
  return {
    vocabularySize: fields.number("vocab_size"),
    width,
    hiddenWidth: fields.number("intermediate_size"),
    layers: fields.number("num_hidden_layers"),
    heads,
    keyValueHeads: fields.number("num_key_value_heads", heads),
    contextLength: fields.number("max_position_embeddings"),
    ...readRope(fields, ropeTheta),
    normEpsilon: fields.number("rms_norm_eps", 1e-6),
    tiedOutput: fields.flag("tie_word_embeddings", tiedOutput),
    ...(size !== width / heads && { headSize: size }),
  };
};

/** The inverse of `readLlamaLike`. */
export const writeLlamaLike = (config: TransformerConfig): Fields => ({
  vocab_size: config.vocabularySize,
  hidden_size: config.width,
  intermediate_size: config.hiddenWidth,
  num_hidden_layers: config.layers,
  num_attention_heads: config.heads,
  num_key_value_heads: config.keyValueHeads,
  head_dim: config.headSize ?? config.width / config.heads,
  max_position_embeddings: config.contextLength,
  rope_theta: config.ropeTheta,
  rope_scaling: scalingFields(config.ropeScaling),
  rms_norm_eps: config.normEpsilon,
  tie_word_embeddings: config.tiedOutput,
});

const names = {
  embedding: "embed_tokens",
  norm: "norm",
  output: "lm_head",
  attentionNorm: "input_layernorm",
  queries: "self_attn.q_proj",
  keys: "self_attn.k_proj",
  values: "self_attn.v_proj",
  queryNorm: "self_attn.q_norm",
  keyNorm: "self_attn.k_norm",
  attentionOutput: "self_attn.o_proj",
  feedForwardNorm: "post_attention_layernorm",
  gate: "mlp.gate_proj",
  up: "mlp.up_proj",
  down: "mlp.down_proj",
};

const common = { prefix: "model.", layers: "layers.", names } as const;

const biases = (fields: ConfigFields, ...flags: readonly ("attention" | "mlp")[]) => ({
  ...(flags.includes("attention") &&
    fields.flag("attention_bias", false) && { queryKeyValueBias: true, attentionOutputBias: true }),
  ...(flags.includes("mlp") && fields.flag("mlp_bias", false) && { feedForwardBias: true }),
});

/** @see Touvron et al. 2023. https://arxiv.org/abs/2302.13971 */
export const llama: Architecture = {
  ...common,
  modelType: "llama",
  className: "LlamaForCausalLM",
  readConfig: (fields) => {
    fields.expect("hidden_act", "silu");
    return { ...readLlamaLike(fields), ...biases(fields, "attention", "mlp") };
  },
  writeConfig: (config) => ({
    ...writeLlamaLike(config),
    hidden_act: "silu",
    attention_bias: config.attentionOutputBias === true,
    mlp_bias: config.feedForwardBias === true,
  }),
};

/** Qwen 2 and 2.5: biases on queries, keys and values. @see Yang et al. 2024. https://arxiv.org/abs/2407.10671 */
export const qwen2: Architecture = {
  ...common,
  modelType: "qwen2",
  className: "Qwen2ForCausalLM",
  readConfig: (fields) => {
    fields.expect("hidden_act", "silu");
    fields.expect("use_sliding_window", false);
    return { ...readLlamaLike(fields), queryKeyValueBias: true };
  },
  writeConfig: (config) => ({ ...writeLlamaLike(config), hidden_act: "silu", use_sliding_window: false }),
};

/** Queries and keys are normalised per head. @see Yang et al. 2025. https://arxiv.org/abs/2505.09388 */
export const qwen3: Architecture = {
  ...common,
  modelType: "qwen3",
  className: "Qwen3ForCausalLM",
  readConfig: (fields) => {
    fields.expect("hidden_act", "silu");
    fields.expect("use_sliding_window", false);
    const config = readLlamaLike(fields, { headSize: 128 });
    return { ...config, queryKeyNorm: true, ...biases(fields, "attention") };
  },
  writeConfig: (config) => ({
    ...writeLlamaLike(config),
    hidden_act: "silu",
    use_sliding_window: false,
    attention_bias: config.attentionOutputBias === true,
  }),
};

export const llamaLike = common;
