import type { Parameters } from "@accord-rl/core";
import type * as tf from "@tensorflow/tfjs-core";
import type { Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import type { TransformerConfig } from "../config/transformer-config.ts";
import { gelus, swiglu } from "./feed-forward.ts";
import { normaliseHeads } from "./head-norms.ts";
import { layerNorm } from "./layer-norm.ts";
import { rmsNorm } from "./rms-norm.ts";

/** What is done to a tensor with the parameters of this name. */
type Named = (x: Tensor2D, name: string) => Tensor2D;

/** The parts of which a configuration makes a layer; what a model doesn't have gives back what it got. */
export interface LayerParts {
  /** [N, D] → [N, D]. */
  readonly norm: Named;
  /** [N, D] → [N, D], of what attention and feed-forward add to the stream. */
  readonly outputNorm: Named;
  /** [N, (H + 2 KV) · size] → the same. @param name of the layer. */
  readonly headNorms: Named;
  /** The feed-forward part's first matrix. */
  readonly inner: "gateUp" | "up";
  /** What it gives → [N, F]. */
  readonly activate: (x: Tensor2D) => Tensor2D;
}

const norms = {
  rms: (x: Tensor2D, weight: Tensor1D, _bias: Tensor1D, epsilon: number) => rmsNorm(x, weight, epsilon),
  layer: (x: Tensor2D, weight: Tensor1D, bias: Tensor1D, epsilon: number) =>
    layerNorm(x, { weight, bias }, epsilon),
};

const feedForwardOf = ({
  feedForward = "swiglu",
  gelu = "tanh",
}: TransformerConfig): Pick<LayerParts, "inner" | "activate"> => ({
  inner: feedForward === "gelu" ? "up" : "gateUp",
  activate: feedForward === "swiglu" ? swiglu : gelus[gelu][feedForward],
});

const asItIs: Named = (x) => x;

/** Chooses the parts that a configuration names. */
export const chooseParts = (config: TransformerConfig, parameters: Parameters): LayerParts => {
  const vector = (name: string) => parameters[name] as tf.Tensor as Tensor1D;
  const normOf = norms[config.norm ?? "rms"];
  const norm: Named = (x, name) => normOf(x, vector(name), vector(`${name}Bias`), config.normEpsilon);
  const headNorms: Named = (x, layer) =>
    normaliseHeads(config, x, {
      queryNorm: vector(`${layer}.queryNorm`),
      keyNorm: vector(`${layer}.keyNorm`),
    });
  return {
    norm,
    outputNorm: config.outputNorms ? norm : asItIs,
    headNorms: config.queryKeyNorm ? headNorms : asItIs,
    ...feedForwardOf(config),
  };
};
