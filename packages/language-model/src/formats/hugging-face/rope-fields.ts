import { quoteOutside } from "@accord-rl/core";
import { type RopeScaling, type YarnScaling, yarnAttentionFactor } from "../../config/rope-scaling.ts";
import type { TransformerConfig } from "../../config/transformer-config.ts";
import { type ConfigFields, type Fields, isObject } from "./config-fields.ts";

/** The fields of a rotary embedding: `rope_parameters`, by the kind of layer or not, or the older `rope_scaling`. */
const parametersOf = (fields: ConfigFields, kind: string): Fields => {
  const given = fields.object("rope_parameters");
  const ofKind = given?.[kind];
  return (isObject(ofKind) ? ofKind : given) ?? fields.object("rope_scaling") ?? {};
};

type ReadNumber = (name: string, fallback?: unknown) => number;

/** What turned queries and keys are multiplied by, as transformers computes it where the file doesn't say. */
const attentionFactorOf = (rope: Fields, factor: number, number: ReadNumber): number => {
  if (typeof rope.attention_factor === "number") return rope.attention_factor;
  if (!rope.mscale || !rope.mscale_all_dim) return yarnAttentionFactor(factor);
  const scaled = (by: number) => (factor <= 1 ? 1 : 0.1 * by * Math.log(factor) + 1);
  return scaled(number("mscale")) / scaled(number("mscale_all_dim"));
};

const readYarn = (fields: ConfigFields, rope: Fields, number: ReadNumber): YarnScaling => {
  if (rope.truncate === false) {
    fields.fail(
      "its yarn scaling has truncate: false, which is not supported yet; set it to true, or use a model without it",
    );
  }
  const { original_max_position_embeddings: original, max_position_embeddings: longest } = fields.all;
  const originalContextLength = number("original_max_position_embeddings", original ?? longest);
  const factor = number("factor", (longest as number) / originalContextLength);
  return {
    kind: "yarn",
    factor,
    originalContextLength,
    betaFast: number("beta_fast", 32),
    betaSlow: number("beta_slow", 1),
    attentionFactor: attentionFactorOf(rope, factor, number),
  };
};

const readScaling = (fields: ConfigFields, rope: Fields): RopeScaling | undefined => {
  const kind = rope.rope_type ?? rope.type ?? "default";
  const number = (name: string, fallback?: unknown): number => {
    const value = rope[name] ?? fallback;
    return typeof value === "number"
      ? value
      : fields.fail(`${name} of its rotary embedding is ${quoteOutside(value)}, expected a number`);
  };
  if ((rope.partial_rotary_factor ?? fields.all.partial_rotary_factor ?? 1) !== 1) {
    fields.fail(
      `its rotary embedding turns a part of each head (${quoteOutside(rope.partial_rotary_factor ?? fields.all.partial_rotary_factor)}), which is not supported yet; use a model that turns all of it`,
    );
  }
  switch (kind) {
    case "default":
      return undefined;
    case "linear":
      return { kind: "linear", factor: number("factor") };
    case "llama3":
      return {
        kind: "llama3",
        factor: number("factor"),
        lowFrequencyFactor: number("low_freq_factor"),
        highFrequencyFactor: number("high_freq_factor"),
        originalContextLength: number(
          "original_max_position_embeddings",
          fields.all.original_max_position_embeddings,
        ),
      };
    case "dynamic":
      return { kind: "dynamic", factor: number("factor") };
    case "yarn":
      return readYarn(fields, rope, number);
    default:
      return fields.fail(
        `its rotary embedding is scaled (${quoteOutside(kind)}), which is not supported yet, expected "default", "linear", "dynamic", "yarn" or "llama3"; for texts within the original context, "default" may be near enough`,
      );
  }
};

/** The base of a kind of layers, which older files keep in a field of its own. */
export const readRopeTheta = (
  fields: ConfigFields,
  { kind, olderField, fallback = 10000 }: { kind: string; olderField: string; fallback?: number },
): number => fields.number(olderField, parametersOf(fields, kind).rope_theta ?? fallback);

/** Base and scaling of the layers that see everything. */
export const readRope = (
  fields: ConfigFields,
  fallback?: number,
): Pick<TransformerConfig, "ropeTheta" | "ropeLayout" | "ropeScaling"> => {
  const kind = "full_attention";
  const ropeScaling = readScaling(fields, parametersOf(fields, kind));
  return {
    ropeTheta: readRopeTheta(fields, { kind, olderField: "rope_theta", ...(fallback && { fallback }) }),
    ropeLayout: "half",
    ...(ropeScaling && { ropeScaling }),
  };
};

/** The older `rope_scaling`, which every version reads. */
export const scalingFields = (scaling: RopeScaling | undefined): Fields | null => {
  if (scaling === undefined) return null;
  const { kind, factor } = scaling;
  if (kind === "linear" || kind === "dynamic") return { rope_type: kind, factor };
  if (kind === "yarn") {
    return {
      rope_type: kind,
      factor,
      original_max_position_embeddings: scaling.originalContextLength,
      beta_fast: scaling.betaFast,
      beta_slow: scaling.betaSlow,
      attention_factor: scaling.attentionFactor,
    };
  }
  return {
    rope_type: scaling.kind,
    factor: scaling.factor,
    low_freq_factor: scaling.lowFrequencyFactor,
    high_freq_factor: scaling.highFrequencyFactor,
    original_max_position_embeddings: scaling.originalContextLength,
  };
};
