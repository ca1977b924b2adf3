import { headSizes, type TransformerConfig } from "./transformer-config.ts";

/** A matrix or vector as files store it. */
export interface WeightPart {
  /** Its name in this package: "embedding", "layers.0.queries", "layers.0.queriesBias", … */
  readonly name: string;
  readonly shape: readonly number[];
}

/** A parameter: one part, or several whose rows stand one under the other. */
export interface ParameterLayout {
  readonly shape: readonly number[];
  readonly parts: readonly WeightPart[];
}

type Rows = readonly (readonly [name: string, rows: number])[];

/** A vector or matrix of its own, and one that is joined of several. */
const layoutOf = (parts: Rows, columns: readonly number[]): ParameterLayout => ({
  shape: [parts.reduce((sum, [, rows]) => sum + rows, 0), ...columns],
  parts: parts.map(([name, rows]) => ({ name, shape: [rows, ...columns] })),
});

/**
 * Each parameter's shape and the parts it is joined of, in order. Queries, keys and values are one matrix, and so are
 * gate and up: one large multiplication instead of three, or two. The bias of `x` is `xBias`.
 */
export const parameterLayouts = (config: TransformerConfig): ReadonlyMap<string, ParameterLayout> => {
  const { vocabularySize: V, width: D, hiddenWidth: F, norm = "rms", feedForward = "swiglu" } = config;
  const { headSize, queryWidth, valueWidth } = headSizes(config);
  const layouts = new Map<string, ParameterLayout>();
  const vector = (name: string, size: number) => layouts.set(name, layoutOf([[name, size]], []));
  const addNorm = (name: string) => {
    vector(name, D);
    if (norm === "layer") vector(`${name}Bias`, D);
  };
  const addProjection = (name: string, parts: Rows, columns: number, hasBias = false) => {
    layouts.set(name, layoutOf(parts, [columns]));
    const biases = parts.map(([part, rows]) => [`${part}Bias`, rows] as const);
    if (hasBias) layouts.set(`${name}Bias`, layoutOf(biases, []));
  };

  addProjection("embedding", [["embedding", V]], D);
  if (config.positions === "learned") addProjection("positions", [["positions", config.contextLength]], D);
  for (let i = 0; i < config.layers; i++) {
    const layer = `layers.${i}`;
    const projections: Rows = [
      [`${layer}.queries`, queryWidth],
      [`${layer}.keys`, valueWidth],
      [`${layer}.values`, valueWidth],
    ];
    const up: Rows = [[`${layer}.up`, F]];
    addNorm(`${layer}.attentionNorm`);
    addProjection(`${layer}.queryKeyValue`, projections, D, config.queryKeyValueBias);
    if (config.queryKeyNorm) {
      vector(`${layer}.queryNorm`, headSize);
      vector(`${layer}.keyNorm`, headSize);
    }
    const output = `${layer}.attentionOutput`;
    addProjection(output, [[output, D]], queryWidth, config.attentionOutputBias);
    if (config.outputNorms) addNorm(`${layer}.attentionOutputNorm`);
    addNorm(`${layer}.feedForwardNorm`);
    if (feedForward === "gelu") addProjection(`${layer}.up`, up, D, config.feedForwardBias);
    else addProjection(`${layer}.gateUp`, [[`${layer}.gate`, F], ...up], D, config.feedForwardBias);
    addProjection(`${layer}.down`, [[`${layer}.down`, D]], F, config.feedForwardBias);
    if (config.outputNorms) addNorm(`${layer}.downNorm`);
  }
  addNorm("norm");
  if (!config.tiedOutput) addProjection("output", [["output", V]], D);
  return layouts;
};
