import { quoteOutside } from "@accord-rl/core";
import { configProblem } from "../../config/config-problem.ts";
import { type YarnScaling, yarnAttentionFactor } from "../../config/rope-scaling.ts";
import { headSizes, type TransformerConfig } from "../../config/transformer-config.ts";
import { type GgufArchitecture, ggufArchitectures } from "./architecture.ts";
import type { GgufTensorInfo } from "./header.ts";
import { type ModelFields, modelFields } from "./model-fields.ts";
import type { GgufFile } from "./read-gguf.ts";
import { scalingFromFactors } from "./rope-factors.ts";

/** What of a file a configuration is read from. */
type DescribedFile = Pick<GgufFile, "metadata" | "tensors"> & {
  readTensor(name: string): Promise<Float32Array>;
};
type Tensors = ReadonlyMap<string, GgufTensorInfo>;

/** The factors of the rotary frequencies, in files of Llama 3.1 and later. */
export const ropeFactorsName = "rope_freqs.weight";

/** Longer contexts than any model has are damage; the tables of angles would fill the memory. */
const mostContext = 2 ** 20;

/** What no model here has: with it, a model would load and then write nonsense. */
const refuseUnknown = (fields: ModelFields): void => {
  const absent = ["attn_logit_softcapping", "final_logit_softcapping", "attention.scale", "logit_scale"];
  for (const key of absent) {
    if (fields.has(key))
      fields.fail(`its model has ${fields.architecture}.${key}, which can't be computed here`);
  }
  if (fields.number("expert_count", 0) > 0)
    fields.fail("its model is a mixture of experts, expected one of none");
};

/** llama.cpp multiplies by 0.1 · ln(factor) + 1 and by what the file says. */
const readYarn = (fields: ModelFields): YarnScaling => {
  const factor = fields.number("rope.scaling.factor");
  return {
    kind: "yarn",
    factor,
    originalContextLength: fields.number(
      "rope.scaling.original_context_length",
      fields.number("context_length"),
    ),
    betaFast: fields.number("rope.scaling.yarn_beta_fast", 32),
    betaSlow: fields.number("rope.scaling.yarn_beta_slow", 1),
    attentionFactor: yarnAttentionFactor(factor) * fields.number("rope.scaling.attn_factor", 1),
  };
};

const ropeScaling = async (
  file: DescribedFile,
  fields: ModelFields,
  rotation: { headSize: number; ropeTheta: number },
): Promise<Pick<TransformerConfig, "ropeScaling">> => {
  const turned = fields.number("rope.dimension_count", rotation.headSize);
  if (turned !== rotation.headSize) {
    fields.fail(
      `its rotary embedding turns ${turned} numbers of each head of ${rotation.headSize}, expected all`,
    );
  }
  if (file.tensors.has(ropeFactorsName)) {
    const scaling = scalingFromFactors(rotation, await file.readTensor(ropeFactorsName));
    return {
      ropeScaling: scaling ?? fields.fail(`"${ropeFactorsName}" stretches otherwise than Llama 3 does`),
    };
  }
  const kind = fields.text("rope.scaling.type", "none");
  if (kind === "none") return {};
  if (kind === "yarn") return { ropeScaling: readYarn(fields) };
  if (kind !== "linear") {
    fields.fail(
      `its rotary embedding is scaled (${quoteOutside(kind)}), which is not supported yet, expected "none", "linear" or "yarn"`,
    );
  }
  const factor = fields.number("rope.scaling.factor");
  return factor === 1 ? {} : { ropeScaling: { kind: "linear", factor } };
};

const biases = (tensors: Tensors): Partial<TransformerConfig> => ({
  ...(tensors.has("blk.0.attn_q.bias") && { queryKeyValueBias: true }),
  ...(tensors.has("blk.0.attn_output.bias") && { attentionOutputBias: true }),
  ...(tensors.has("blk.0.ffn_up.bias") && { feedForwardBias: true }),
});

/** What Llama and its kin say alike. */
const readCommon = (
  fields: ModelFields,
  { ropeLayout, parts, mayHaveBiases = false }: GgufArchitecture,
  tensors: Tensors,
): TransformerConfig => {
  const heads = fields.number("attention.head_count");
  const width = fields.number("embedding_length");
  const headSize = fields.number("attention.key_length", width / heads);
  if (fields.number("attention.value_length", headSize) !== headSize) {
    fields.fail("its values have other sizes than its keys, expected the same");
  }
  const embedding = tensors.get("token_embd.weight") ?? fields.fail('it has no tensor "token_embd.weight"');
  const [vocabularySize, columns] = embedding.shape as [number, number | undefined];
  if (columns !== width) {
    fields.fail(`tensor "token_embd.weight" is [${embedding.shape}], expected ${width} columns`);
  }
  return {
    vocabularySize,
    width,
    hiddenWidth: fields.number("feed_forward_length"),
    layers: fields.number("block_count"),
    heads,
    keyValueHeads: fields.number("attention.head_count_kv", heads),
    contextLength: fields.number("context_length"),
    ropeTheta: fields.number("rope.freq_base", 10_000),
    ropeLayout,
    normEpsilon: fields.number("attention.layer_norm_rms_epsilon", 1e-5),
    tiedOutput: !tensors.has("output.weight"),
    ...(headSize !== width / heads && { headSize }),
    ...parts,
    ...(mayHaveBiases && biases(tensors)),
  };
};

/**
 * The configuration that a file's metadata and tensors describe.
 * @throws CheckpointError when it is of another family, or has parts that no model here has.
 */
export const readConfig = async (
  file: DescribedFile,
  fail: ModelFields["fail"],
): Promise<{ readonly architecture: GgufArchitecture; readonly config: TransformerConfig }> => {
  const fields = modelFields(file.metadata, fail);
  const architecture = ggufArchitectures.find(({ modelType }) => modelType === fields.architecture);
  if (!architecture) {
    const known = ggufArchitectures.map(({ modelType }) => `"${modelType}"`).join(", ");
    return fail(`general.architecture is ${quoteOutside(fields.architecture)}, expected one of ${known}`);
  }
  refuseUnknown(fields);
  const common = readCommon(fields, architecture, file.tensors);
  const { layers, contextLength } = common;
  // Checked before anything is made for each layer or position.
  if (layers > file.tensors.size) fail(`it claims ${layers} layers, but has ${file.tensors.size} tensors`);
  if (contextLength > mostContext)
    fail(`it claims a context of ${contextLength}, expected ${mostContext} at most`);
  const config = { ...common, ...architecture.readParts?.(fields, common) };
  const problem = configProblem(config);
  if (problem) return fail(`no usable ${architecture.modelType} model: ${problem}`);
  if (config.positions === "learned") return { architecture, config };
  const { headSize } = headSizes(config);
  const rotation = { headSize, ropeTheta: config.ropeTheta };
  return { architecture, config: { ...config, ...(await ropeScaling(file, fields, rotation)) } };
};
