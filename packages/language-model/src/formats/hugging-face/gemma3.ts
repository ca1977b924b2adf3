import { headSizes, type SlidingLayers } from "../../config/transformer-config.ts";
import type { Architecture } from "./architecture.ts";
import type { ConfigFields } from "./config-fields.ts";
import { expectGelu, geluName, readGelu } from "./gelu-fields.ts";
import { llamaLike, readLlamaLike, writeLlamaLike } from "./llama-like.ts";
import { readRopeTheta } from "./rope-fields.ts";

/** Every sixth layer sees everything, where a file doesn't say which. */
const defaultPattern = 6;

const slidingLayers = (fields: ConfigFields, layers: number): SlidingLayers | undefined => {
  const pattern = fields.number("sliding_window_pattern", defaultPattern);
  const { layer_types: types } = fields.all;
  const isSliding = (layer: number) =>
    Array.isArray(types) ? types[layer] === "sliding_attention" : (layer + 1) % pattern !== 0;
  const sliding = Array.from({ length: layers }, (_, layer) => layer).filter(isSliding);
  if (sliding.length === 0) return undefined;
  return {
    layers: sliding,
    window: fields.number("sliding_window", 4096),
    ropeTheta: readRopeTheta(fields, { kind: "sliding_attention", olderField: "rope_local_base_freq" }),
  };
};

/**
 * The text models: norms before and after, gated gelu, normalised queries and keys, and layers that look back a limited
 * way and turn by a base of their own.
 * @see Gemma Team 2025. https://arxiv.org/abs/2503.19786
 */
export const gemma3: Architecture = {
  ...llamaLike,
  modelType: "gemma3_text",
  className: "Gemma3ForCausalLM",
  names: {
    ...llamaLike.names,
    attentionOutputNorm: "post_attention_layernorm",
    feedForwardNorm: "pre_feedforward_layernorm",
    downNorm: "post_feedforward_layernorm",
  },
  normsAroundZero: true,
  readConfig: (fields) => {
    expectGelu(fields, "hidden_activation");
    const gelu = readGelu(fields, "hidden_activation") ?? "tanh";
    fields.expect("attention_bias", false);
    fields.expect("use_bidirectional_attention", false);
    for (const name of ["attn_logit_softcapping", "final_logit_softcapping"]) fields.expect(name, null);
    const config = readLlamaLike(fields, { tiedOutput: true, headSize: 256, ropeTheta: 1_000_000 });
    const sliding = slidingLayers(fields, config.layers);
    return {
      ...config,
      outputNorms: true,
      queryKeyNorm: true,
      feedForward: "geglu",
      ...(gelu !== "tanh" && { gelu }),
      embeddingScale: Math.sqrt(config.width),
      scoreScale: 1 / Math.sqrt(fields.number("query_pre_attn_scalar", 256)),
      ...(sliding && { sliding }),
    };
  },
  writeConfig: (config) => {
    const fields = writeLlamaLike(config);
    const { sliding, scoreScale = 1 / Math.sqrt(headSizes(config).headSize) } = config;
    const full = {
      rope_type: "default",
      rope_theta: config.ropeTheta,
      ...(fields.rope_scaling as object | null),
    };
    const local = sliding?.ropeTheta ?? config.ropeTheta;
    return {
      ...fields,
      rope_local_base_freq: local,
      rope_parameters: {
        full_attention: full,
        sliding_attention: { rope_type: "default", rope_theta: local },
      },
      hidden_activation: geluName(config.gelu),
      attention_bias: false,
      query_pre_attn_scalar: roundedInverseSquare(scoreScale),
      sliding_window: sliding?.window ?? config.contextLength,
      layer_types: Array.from({ length: config.layers }, (_, layer) =>
        sliding?.layers.includes(layer) ? "sliding_attention" : "full_attention",
      ),
    };
  },
};

/** 1 / x², as the whole number that it was made of where there is one. */
const roundedInverseSquare = (x: number): number => {
  const value = 1 / x ** 2;
  const whole = Math.round(value);
  return 1 / Math.sqrt(whole) === x ? whole : value;
};
