import type { TensorData } from "@accord-rl/core";
import { type ParameterLayout, parameterLayouts, type WeightPart } from "../config/parameter-layout.ts";
import { convertRopeLayout } from "../config/rope-layout.ts";
import { headSizes, type TransformerConfig } from "../config/transformer-config.ts";
import type { TransformerWeights } from "./transformer-parameters.ts";

/** Gives one part of a model, row-major, in the model's rotary layout. */
export type ReadPart = (part: WeightPart) => Promise<Float32Array>;

/** A parameter's numbers, its parts read one after the other. A single part is not copied. */
export const joinParts = async (
  { shape, parts }: ParameterLayout,
  readPart: ReadPart,
): Promise<Float32Array> => {
  if (parts.length === 1) return readPart(parts[0] as WeightPart);
  const joined = new Float32Array(shape.reduce((size, length) => size * length, 1));
  let offset = 0;
  for (const part of parts) {
    const numbers = await readPart(part);
    joined.set(numbers, offset);
    offset += numbers.length;
  }
  return joined;
};

/** Parts whose rows turn, head by head. */
const turning = /\.(queries|keys|queriesBias|keysBias|queryNorm|keyNorm)$/;

/** The inverse of joining: each part by its name, a view where it can be, in the rotary layout that is asked for. */
export const separateWeights = (
  config: TransformerConfig,
  weights: TransformerWeights,
  layout: TransformerConfig["ropeLayout"] = config.ropeLayout,
): ReadonlyMap<string, TensorData> => {
  const { headSize } = headSizes(config);
  const turns = layout !== config.ropeLayout && config.positions !== "learned";
  const separate = new Map<string, TensorData>();
  for (const [name, { parts }] of parameterLayouts(config)) {
    const joined = (weights[name] as TensorData).data as Float32Array;
    let offset = 0;
    for (const part of parts) {
      const [rows = 0, columns = 1] = part.shape;
      const view = joined.subarray(offset, offset + rows * columns);
      const isTurned = turns && turning.test(part.name);
      const data = isTurned ? convertRopeLayout(view, { columns, headSize, to: layout }) : view;
      separate.set(part.name, { dtype: "float32", shape: part.shape, data });
      offset += view.length;
    }
  }
  return separate;
};
