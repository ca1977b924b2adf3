import { CheckpointError } from "@accord-rl/core";
import { configProblem, type TransformerConfig } from "./transformer-config.ts";

type Fields = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const parse = (text: string, fail: (message: string) => never): Fields => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    fail(`no valid JSON (${cause instanceof Error ? cause.message : String(cause)})`);
  }
  return isObject(value) ? value : fail("expected a JSON object");
};

/** What a plain Llama doesn't have: a model with one of these would load and then write nonsense. */
const unsupported = (fields: Fields, config: TransformerConfig): string | undefined => {
  const { model_type, hidden_act, attention_bias, mlp_bias, head_dim } = fields;
  if (model_type !== "llama") return `model_type is ${JSON.stringify(model_type)}, expected "llama"`;
  if (hidden_act !== undefined && hidden_act !== "silu") {
    return `hidden_act is ${JSON.stringify(hidden_act)}, expected "silu"`;
  }
  if (attention_bias || mlp_bias) return "it has biases, which this model has not";
  if (head_dim !== undefined && head_dim !== null && head_dim !== config.width / config.heads) {
    return `head_dim is ${String(head_dim)}, expected hidden_size / num_attention_heads = ${config.width / config.heads}`;
  }
  const scaling = [fields.rope_scaling, fields.rope_parameters].filter(isObject);
  const kind = scaling.map((rope) => rope.rope_type ?? rope.type).find((type) => type && type !== "default");
  return kind === undefined
    ? undefined
    : `its rotary embedding is scaled (${String(kind)}), expected "default"`;
};

/** @throws CheckpointError when the text is no configuration of a plain Llama model. */
export const configFromHuggingFace = (text: string, path: string): TransformerConfig => {
  const fail = (message: string): never => {
    throw new CheckpointError({ path, message });
  };
  const fields = parse(text, fail);
  const rope = isObject(fields.rope_parameters) ? fields.rope_parameters : {};
  const number = (name: string, fallback?: unknown): number => {
    const value = fields[name] ?? fallback;
    return typeof value === "number" ? value : fail(`${name} is ${JSON.stringify(value)}, expected a number`);
  };
  const heads = number("num_attention_heads");
  const config: TransformerConfig = {
    vocabularySize: number("vocab_size"),
    width: number("hidden_size"),
    hiddenWidth: number("intermediate_size"),
    layers: number("num_hidden_layers"),
    heads,
    keyValueHeads: number("num_key_value_heads", heads),
    contextLength: number("max_position_embeddings"),
    ropeTheta: number("rope_theta", rope.rope_theta ?? 10000),
    ropeLayout: "half",
    normEpsilon: number("rms_norm_eps", 1e-6),
    tiedOutput: fields.tie_word_embeddings === true,
  };
  const problem = configProblem(config) ?? unsupported(fields, config);
  return problem ? fail(`no plain Llama model: ${problem}`) : config;
};

/** The config.json of a model. */
export const configToHuggingFace = (config: TransformerConfig): string => {
  const fields = {
    architectures: ["LlamaForCausalLM"],
    model_type: "llama",
    vocab_size: config.vocabularySize,
    hidden_size: config.width,
    intermediate_size: config.hiddenWidth,
    num_hidden_layers: config.layers,
    num_attention_heads: config.heads,
    num_key_value_heads: config.keyValueHeads,
    max_position_embeddings: config.contextLength,
    rope_theta: config.ropeTheta,
    rms_norm_eps: config.normEpsilon,
    tie_word_embeddings: config.tiedOutput,
    hidden_act: "silu",
    attention_bias: false,
    mlp_bias: false,
    torch_dtype: "float32",
  };
  return `${JSON.stringify(fields, null, 2)}\n`;
};
