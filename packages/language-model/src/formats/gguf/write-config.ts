import { CheckpointError } from "@accord-rl/core";
import { type YarnScaling, yarnAttentionFactor } from "../../config/rope-scaling.ts";
import { foreignParts, headSizes, type TransformerConfig } from "../../config/transformer-config.ts";
import { canonical } from "../hugging-face/config.ts";
import { fileTensors } from "../hugging-face/file-tensors.ts";
import { type GgufArchitecture, ggufArchitectures } from "./architecture.ts";
import { shortest } from "./model-fields.ts";
import { readConfig, ropeFactorsName } from "./read-config.ts";
import { ropeFactors } from "./rope-factors.ts";
import { Float, type WritableMetadata } from "./write-header.ts";

/** How a model is written: as which family, with which metadata and which tensors beside its weights. */
export interface GgufDescription {
  readonly architecture: GgufArchitecture;
  readonly metadata: WritableMetadata;
  readonly constants: ReadonlyMap<string, Float32Array>;
}

const yarnFields = (scaling: YarnScaling): WritableMetadata => {
  const attention = scaling.attentionFactor / yarnAttentionFactor(scaling.factor);
  return {
    "rope.scaling.type": "yarn",
    "rope.scaling.factor": new Float(scaling.factor),
    "rope.scaling.original_context_length": scaling.originalContextLength,
    "rope.scaling.yarn_beta_fast": new Float(scaling.betaFast),
    "rope.scaling.yarn_beta_slow": new Float(scaling.betaSlow),
    ...(attention !== 1 && { "rope.scaling.attn_factor": new Float(attention) }),
  };
};

const rotaryFields = (config: TransformerConfig): WritableMetadata => {
  if (config.positions === "learned") return {};
  const { ropeScaling } = config;
  return {
    "rope.freq_base": new Float(config.ropeTheta),
    "rope.dimension_count": headSizes(config).headSize,
    ...(ropeScaling?.kind === "yarn" && yarnFields(ropeScaling)),
    ...(ropeScaling?.kind === "linear" && {
      "rope.scaling.type": "linear",
      "rope.scaling.factor": new Float(ropeScaling.factor),
    }),
  };
};

const fieldsOf = (config: TransformerConfig, { writeParts }: GgufArchitecture): WritableMetadata => {
  const { headSize } = headSizes(config);
  return {
    vocab_size: config.vocabularySize,
    context_length: config.contextLength,
    embedding_length: config.width,
    feed_forward_length: config.hiddenWidth,
    block_count: config.layers,
    "attention.head_count": config.heads,
    "attention.head_count_kv": config.keyValueHeads,
    ...(config.headSize !== undefined && {
      "attention.key_length": headSize,
      "attention.value_length": headSize,
    }),
    ...(config.norm !== "layer" && { "attention.layer_norm_rms_epsilon": new Float(config.normEpsilon) }),
    ...rotaryFields(config),
    ...writeParts?.(config),
  };
};

const describeAs = (config: TransformerConfig, architecture: GgufArchitecture): GgufDescription => {
  const { modelType } = architecture;
  const named = Object.entries(fieldsOf(config, architecture)).map(([key, value]) => [
    `${modelType}.${key}`,
    value,
  ]);
  const { ropeScaling, ropeTheta } = config;
  const rotation = { headSize: headSizes(config).headSize, ropeTheta };
  const constants = new Map(
    ropeScaling?.kind === "llama3" ? [[ropeFactorsName, ropeFactors(rotation, ropeScaling)]] : [],
  );
  return {
    architecture,
    metadata: { "general.architecture": modelType, ...Object.fromEntries(named) },
    constants,
  };
};

/** What a reader of the file will find. */
const readBack = async (
  { architecture, metadata, constants }: GgufDescription,
  config: TransformerConfig,
  fail: (message: string) => never,
): Promise<string> => {
  const stored = Object.entries(metadata).map(([key, value]) => [
    key,
    value instanceof Float ? Math.fround(value.value) : value,
  ]);
  const shapes = [
    ...fileTensors(architecture, config).map(({ name, shape }) => ({ name, shape })),
    ...[...constants].map(([name, { length }]) => ({ name, shape: [length] })),
  ];
  const file = {
    metadata: Object.fromEntries(stored),
    tensors: new Map(shapes.map((info) => [info.name, { ...info, type: "F32" }])),
    readTensor: async (name: string) => constants.get(name) as Float32Array,
  };
  return canonical((await readConfig(file, fail)).config);
};

/** Numbers as the format keeps them. */
const asStored = (config: TransformerConfig): TransformerConfig => ({
  ...config,
  ropeTheta: shortest(Math.fround(config.ropeTheta)),
  normEpsilon: shortest(Math.fround(config.normEpsilon)),
});

/**
 * The family whose metadata says all of a configuration: read again, it gives the same.
 * @throws CheckpointError when none does.
 */
export const describeForGguf = async (config: TransformerConfig, path: string): Promise<GgufDescription> => {
  const fail = (message: string): never => {
    throw new CheckpointError({ path, message });
  };
  const expected = canonical(asStored(config));
  for (const architecture of ggufArchitectures) {
    const description = describeAs(config, architecture);
    const result = await readBack(description, config, fail).catch(() => undefined);
    if (result === expected) return description;
  }
  const known = ggufArchitectures.map(({ modelType }) => modelType).join(", ");
  const parts = foreignParts(config).join(", ");
  return fail(
    `no model of GGUF's families ${known} has exactly these parts: ${parts}; save it with saveHuggingFace`,
  );
};
