import type { TensorData } from "@accord-rl/core";
import { convertRopeLayout } from "./rope-layout.ts";
import { headSizes, type TransformerConfig } from "./transformer-config.ts";
import type { TransformerWeights } from "./transformer-parameters.ts";

/** The matrices of a layer as files store them: apart. Row-major. */
export interface LayerWeights {
  readonly attentionNorm: Float32Array;
  readonly queries: Float32Array;
  readonly keys: Float32Array;
  readonly values: Float32Array;
  readonly attentionOutput: Float32Array;
  readonly feedForwardNorm: Float32Array;
  readonly gate: Float32Array;
  readonly up: Float32Array;
  readonly down: Float32Array;
}

/** A whole model as files store it. */
export interface SeparateWeights {
  readonly embedding: Float32Array;
  readonly layers: readonly LayerWeights[];
  readonly norm: Float32Array;
  /** Absent where the output is tied. */
  readonly output: Float32Array | undefined;
}

const join = (...parts: Float32Array[]): Float32Array => {
  const result = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    result.set(part, offset);
    offset += part.length;
  }
  return result;
};

const float = (shape: readonly number[], data: Float32Array): TensorData => ({
  dtype: "float32",
  shape,
  data,
});

/** What a model's parameters need: queries, keys and values joined, gate and up joined. */
export const joinWeights = (config: TransformerConfig, weights: SeparateWeights): TransformerWeights => {
  const { vocabularySize: V, width: D, hiddenWidth: F } = config;
  const { rotatedWidth, valueWidth } = headSizes(config);
  const result: Record<string, TensorData> = { embedding: float([V, D], weights.embedding) };
  weights.layers.forEach((layer, i) => {
    const projections = join(layer.queries, layer.keys, layer.values);
    result[`layers.${i}.attentionNorm`] = float([D], layer.attentionNorm);
    result[`layers.${i}.queryKeyValue`] = float([rotatedWidth + valueWidth, D], projections);
    result[`layers.${i}.attentionOutput`] = float([D, D], layer.attentionOutput);
    result[`layers.${i}.feedForwardNorm`] = float([D], layer.feedForwardNorm);
    result[`layers.${i}.gateUp`] = float([2 * F, D], join(layer.gate, layer.up));
    result[`layers.${i}.down`] = float([D, F], layer.down);
  });
  result.norm = float([D], weights.norm);
  if (weights.output) result.output = float([V, D], weights.output);
  return result;
};

/** The inverse of `joinWeights`, in the rotary layout that is asked for. */
export const separateWeights = (
  config: TransformerConfig,
  weights: TransformerWeights,
  layout: TransformerConfig["ropeLayout"],
): SeparateWeights => {
  const { width: D, hiddenWidth: F, heads, keyValueHeads, layers, ropeLayout } = config;
  const { headSize } = headSizes(config);
  const data = (name: string) => (weights[name] as TensorData).data as Float32Array;
  const laidOut = (rows: Float32Array) =>
    layout === ropeLayout ? rows : convertRopeLayout(rows, { columns: D, headSize, to: layout });
  const layer = (i: number): LayerWeights => {
    const projections = data(`layers.${i}.queryKeyValue`);
    const gateUp = data(`layers.${i}.gateUp`);
    const keyStart = heads * headSize * D;
    const valueStart = keyStart + keyValueHeads * headSize * D;
    return {
      attentionNorm: data(`layers.${i}.attentionNorm`),
      queries: laidOut(projections.subarray(0, keyStart)),
      keys: laidOut(projections.subarray(keyStart, valueStart)),
      values: projections.subarray(valueStart),
      attentionOutput: data(`layers.${i}.attentionOutput`),
      feedForwardNorm: data(`layers.${i}.feedForwardNorm`),
      gate: gateUp.subarray(0, F * D),
      up: gateUp.subarray(F * D),
      down: data(`layers.${i}.down`),
    };
  };
  return {
    embedding: data("embedding"),
    layers: Array.from({ length: layers }, (_, i) => layer(i)),
    norm: data("norm"),
    output: weights.output ? data("output") : undefined,
  };
};
