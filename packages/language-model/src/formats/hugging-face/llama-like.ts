import type { SlidingLayers, TransformerConfig } from "../../config/transformer-config.ts";
import type { Architecture } from "./architecture.ts";
import type { ConfigFields, Fields } from "./config-fields.ts";
import { expectGelu, geluName, readGelu } from "./gelu-fields.ts";
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

/** silu, or one of the gelus. */
const readActivation = (fields: ConfigFields): Pick<TransformerConfig, "feedForward" | "gelu"> => {
  expectGelu(fields, "hidden_act", "silu", "swish");
  const gelu = readGelu(fields, "hidden_act");
  if (gelu === undefined) return {};
  return { feedForward: "geglu", ...(gelu !== "tanh" && { gelu }) };
};

const activationFields = ({ feedForward, gelu }: TransformerConfig): Fields => ({
  hidden_act: feedForward === "geglu" ? geluName(gelu) : "silu",
});

/** Layers that look back a limited way, and turn as the others do. */
const slidingOf = (
  { ropeTheta, ropeScaling, layers, contextLength }: TransformerConfig,
  window: number,
  isSliding: (layer: number) => boolean,
): { readonly sliding?: SlidingLayers } => {
  const chosen = Array.from({ length: layers }, (_, layer) => layer).filter(isSliding);
  // A window as long as the context hides nothing.
  if (chosen.length === 0 || window >= contextLength) return {};
  return { sliding: { layers: chosen, window, ropeTheta, ...(ropeScaling && { ropeScaling }) } };
};

/** Qwen: all layers from one on look back a limited way, or those that the file names. */
const readQwenSliding = (fields: ConfigFields, config: TransformerConfig) => {
  if (!fields.flag("use_sliding_window", false)) return {};
  const { layer_types: types, sliding_window: window } = fields.all;
  if (window === null) return {};
  const first = fields.number("max_window_layers", 28);
  const isSliding = (layer: number) =>
    Array.isArray(types) ? types[layer] === "sliding_attention" : layer >= first;
  return slidingOf(config, fields.number("sliding_window", 4096), isSliding);
};

const qwenSlidingFields = ({ sliding, layers }: TransformerConfig): Fields => {
  if (sliding === undefined) return { use_sliding_window: false };
  const isSliding = (layer: number) => sliding.layers.includes(layer);
  const all = Array.from({ length: layers }, (_, layer) => layer);
  return {
    use_sliding_window: true,
    sliding_window: sliding.window,
    max_window_layers: all.find(isSliding) ?? layers,
    layer_types: all.map((layer) => (isSliding(layer) ? "sliding_attention" : "full_attention")),
  };
};

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
    return {
      ...readLlamaLike(fields),
      ...readActivation(fields),
      ...biases(fields, "attention", "mlp"),
    };
  },
  writeConfig: (config) => ({
    ...writeLlamaLike(config),
    ...activationFields(config),
    attention_bias: config.attentionOutputBias === true,
    mlp_bias: config.feedForwardBias === true,
  }),
};

/** Llama with layers that look back a limited way. @see Jiang et al. 2023. https://arxiv.org/abs/2310.06825 */
export const mistral: Architecture = {
  ...common,
  modelType: "mistral",
  className: "MistralForCausalLM",
  readConfig: (fields) => {
    const config = { ...readLlamaLike(fields), ...readActivation(fields) };
    if (fields.all.sliding_window === null) return config;
    return { ...config, ...slidingOf(config, fields.number("sliding_window", 4096), () => true) };
  },
  writeConfig: (config) => ({
    ...writeLlamaLike(config),
    ...activationFields(config),
    sliding_window: config.sliding?.window ?? null,
  }),
};

/** Qwen 2 and 2.5: biases on queries, keys and values. @see Yang et al. 2024. https://arxiv.org/abs/2407.10671 */
export const qwen2: Architecture = {
  ...common,
  modelType: "qwen2",
  className: "Qwen2ForCausalLM",
  readConfig: (fields) => {
    const config = { ...readLlamaLike(fields), ...readActivation(fields) };
    return { ...config, ...readQwenSliding(fields, config), queryKeyValueBias: true };
  },
  writeConfig: (config) => ({
    ...writeLlamaLike(config),
    ...activationFields(config),
    ...qwenSlidingFields(config),
  }),
};

/** Queries and keys are normalised per head. @see Yang et al. 2025. https://arxiv.org/abs/2505.09388 */
export const qwen3: Architecture = {
  ...common,
  modelType: "qwen3",
  className: "Qwen3ForCausalLM",
  readConfig: (fields) => {
    const config = { ...readLlamaLike(fields, { headSize: 128 }), ...readActivation(fields) };
    return {
      ...config,
      ...readQwenSliding(fields, config),
      queryKeyNorm: true,
      ...biases(fields, "attention"),
    };
  },
  writeConfig: (config) => ({
    ...writeLlamaLike(config),
    ...activationFields(config),
    ...qwenSlidingFields(config),
    attention_bias: config.attentionOutputBias === true,
  }),
};

export const llamaLike = common;
