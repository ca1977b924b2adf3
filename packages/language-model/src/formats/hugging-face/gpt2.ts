import type { Architecture } from "./architecture.ts";
import { expectGelu, geluName, readGelu } from "./gelu-fields.ts";

/** LayerNorm, learned positions, gelu without a gate, biases everywhere. @see Radford et al. 2019. */
export const gpt2: Architecture = {
  modelType: "gpt2",
  className: "GPT2LMHeadModel",
  prefix: "transformer.",
  layers: "h.",
  names: {
    embedding: "wte",
    positions: "wpe",
    norm: "ln_f",
    output: "lm_head",
    attentionNorm: "ln_1",
    queryKeyValue: "attn.c_attn",
    attentionOutput: "attn.c_proj",
    feedForwardNorm: "ln_2",
    up: "mlp.c_fc",
    down: "mlp.c_proj",
  },
  isJoined: true,
  isTransposed: true,
  readConfig: (fields) => {
    expectGelu(fields, "activation_function");
    const gelu = readGelu(fields, "activation_function") ?? "tanh";
    fields.expect("scale_attn_weights", true);
    fields.expect("scale_attn_by_inverse_layer_idx", false);
    fields.expect("add_cross_attention", false);
    const [width, heads] = [fields.number("n_embd", 768), fields.number("n_head", 12)];
    return {
      vocabularySize: fields.number("vocab_size", 50257),
      width,
      hiddenWidth: fields.number("n_inner", 4 * width),
      layers: fields.number("n_layer", 12),
      heads,
      keyValueHeads: heads,
      contextLength: fields.number("n_positions", 1024),
      ropeTheta: 10000,
      ropeLayout: "half",
      normEpsilon: fields.number("layer_norm_epsilon", 1e-5),
      tiedOutput: fields.flag("tie_word_embeddings", true),
      norm: "layer",
      positions: "learned",
      feedForward: "gelu",
      ...(gelu !== "tanh" && { gelu }),
      queryKeyValueBias: true,
      attentionOutputBias: true,
      feedForwardBias: true,
    };
  },
  writeConfig: (config) => ({
    vocab_size: config.vocabularySize,
    n_embd: config.width,
    n_inner: config.hiddenWidth,
    n_layer: config.layers,
    n_head: config.heads,
    n_positions: config.contextLength,
    layer_norm_epsilon: config.normEpsilon,
    tie_word_embeddings: config.tiedOutput,
    activation_function: config.gelu ? geluName(config.gelu) : "gelu_new",
  }),
};
