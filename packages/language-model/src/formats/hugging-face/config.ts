import { CheckpointError, quoteOutside } from "@accord-rl/core";
import { configProblem } from "../../config/config-problem.ts";
import { foreignParts, type TransformerConfig, tellingFields } from "../../config/transformer-config.ts";
import type { Architecture } from "./architecture.ts";
import { type ConfigFields, type Fields, readFields } from "./config-fields.ts";
import { gemma3 } from "./gemma3.ts";
import { gpt2 } from "./gpt2.ts";
import { llama, mistral, qwen2, qwen3 } from "./llama-like.ts";

const architectures: readonly Architecture[] = [llama, mistral, qwen2, qwen3, gemma3, gpt2];

/** A configuration as read from config.json, and the family that it belongs to. */
export interface Description {
  readonly architecture: Architecture;
  readonly config: TransformerConfig;
  readonly fields: ConfigFields;
}

/** Quantized weights are unreadable without their scales, and the scales' names differ from method to method. */
const refuseQuantized = (fields: ConfigFields): void => {
  const method = fields.object("quantization_config")?.quant_method;
  if (method === undefined) return;
  fields.fail(
    `its weights are quantized (${quoteOutside(method)}), which is not supported yet. Load the model with transformers, call dequantize() and save_pretrained(), or use a GGUF file of it.`,
  );
};

/** @throws CheckpointError when the text describes no model of the known families. */
export const readDescription = (text: string, path: string): Description => {
  const fields = readFields(text, path);
  const { model_type: type } = fields.all;
  const architecture = architectures.find(({ modelType }) => modelType === type);
  if (architecture === undefined) {
    const known = architectures.map(({ modelType }) => `"${modelType}"`).join(", ");
    return fields.fail(`model_type is ${quoteOutside(type)}, expected one of ${known}`);
  }
  refuseQuantized(fields);
  const config = architecture.readConfig(fields);
  const problem = configProblem(config);
  if (problem) fields.fail(`no usable ${architecture.modelType} model: ${problem}`);
  return { architecture, config, fields };
};

/** The configuration as text, the same for all that mean the same model in Hugging Face's rotary layout. */
export const canonical = (config: TransformerConfig): string => {
  const meaningless = config.positions === "learned" ? ["ropeLayout", "ropeTheta"] : ["ropeLayout"];
  const entries = tellingFields(config)
    .filter((name) => !meaningless.includes(name))
    .map((name) => [name, config[name as keyof TransformerConfig]] as const);
  const sorted = (value: unknown): unknown =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value;
  return JSON.stringify(entries.map(([name, value]) => [name, sorted(value)]).sort());
};

/**
 * The family whose config.json says all of a configuration: read again, it gives the same.
 *
 * @param others  further fields of the file
 * @throws CheckpointError when none does.
 */
export const describe = (
  config: TransformerConfig,
  path: string,
  others: Fields = {},
): { architecture: Architecture; text: string } => {
  for (const architecture of architectures) {
    const { modelType, className, writeConfig, readConfig } = architecture;
    const fields = { architectures: [className], model_type: modelType, ...writeConfig(config), ...others };
    const text = `${JSON.stringify({ ...fields, torch_dtype: "float32" }, null, 2)}\n`;
    if (canonical(readConfig(readFields(text, path))) === canonical(config)) return { architecture, text };
  }
  const known = architectures.map(({ modelType }) => modelType).join(", ");
  const parts = foreignParts(config).join(", ");
  const message = `no model of Hugging Face's families ${known} has exactly these parts: ${parts}; save its state with saveCheckpoint`;
  throw new CheckpointError({ path, message });
};
