import { quoteOutside } from "@accord-rl/core";
import type { RopeScaling } from "../rope-scaling.ts";
import type { TransformerConfig } from "../transformer-config.ts";
import { type ConfigFields, type Fields, isObject } from "./config-fields.ts";

/** The fields of a rotary embedding: `rope_parameters`, by the kind of layer or not, or the older `rope_scaling`. */
const parametersOf = (fields: ConfigFields, kind: string): Fields => {
  const given = fields.object("rope_parameters");
  const ofKind = given?.[kind];
  return (isObject(ofKind) ? ofKind : given) ?? fields.object("rope_scaling") ?? {};
};

const readScaling = (fields: ConfigFields, rope: Fields): RopeScaling | undefined => {
  const kind = rope.rope_type ?? rope.type ?? "default";
  const number = (name: string, fallback?: unknown): number => {
    const value = rope[name] ?? fallback;
    return typeof value === "number"
      ? value
      : fields.fail(`${name} of its rotary embedding is ${quoteOutside(value)}, expected a number`);
  };
  if ((rope.partial_rotary_factor ?? 1) !== 1) {
    fields.fail(
      `its rotary embedding turns a part of each head (${rope.partial_rotary_factor}), expected all of it`,
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
    default:
      return fields.fail(
        `its rotary embedding is scaled (${String(kind)}), expected "default", "linear" or "llama3"`,
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
  if (scaling.kind === "linear") return { rope_type: scaling.kind, factor: scaling.factor };
  return {
    rope_type: scaling.kind,
    factor: scaling.factor,
    low_freq_factor: scaling.lowFrequencyFactor,
    high_freq_factor: scaling.highFrequencyFactor,
    original_max_position_embeddings: scaling.originalContextLength,
  };
};
