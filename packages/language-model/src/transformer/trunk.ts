import type { Parameters } from "@accord-rl/core";
import type { Tensor, Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import type { TransformerConfig } from "../config/transformer-config.ts";
import { chooseParts } from "../layers/parts.ts";
import type { Weight, Weights } from "../weights/weight.ts";

/** x · weightᵀ + bias. @param x [N, I]. @param weight [O, I]. @param bias [O]. */
export type Multiply = (x: Tensor2D, weight: Weight, bias?: Tensor1D) => Tensor2D;

/** What the model makes of x with the matrix of this name. @param x [N, I]. @returns [N, O] */
export type Project = (x: Tensor2D, name: string) => Tensor2D;

/** A model's projections, given how to multiply. */
export type Projections = (multiply: Multiply) => Project;

/** x · weightᵀ + bias, as one op with a gradient. */
export const multiplyLinear: Multiply = (x, weight, bias) => weight.multiply(x, bias) as Tensor2D;

/** x · weightᵀ with the matrix of that name, and its bias where it has one. */
export const projectionsOf =
  (weights: Weights, parameters: Parameters): Projections =>
  (multiply) =>
  (x, name) =>
    multiply(x, weights(name), parameters[`${name}Bias`] as Tensor | undefined as Tensor1D | undefined);

/** What differs between a whole text and one more token: how layer `index` attends. @returns [N, D] */
export type Attend = (projected: Tensor2D, index: number) => Tensor2D;

/** A layer of the model. @param x [N, D]. @returns [N, D] */
export type Layer = (x: Tensor2D, attend: Attend) => Tensor2D;

/** How x is taken through layer `index`. */
export type Through = (layer: Layer, x: Tensor2D, attend: Attend, index: number) => Tensor2D;

/** What a layer makes and no gradient keeps is freed with it. */
const freeingTheRest: Through = (layer, x, attend) => tf.tidy(() => layer(x, attend));

/**
 * The layers of the model and its last norm.
 *
 *   x ← x + W_o · attention(W_qkv · norm(x));   x ← x + W_down · swiglu(W_gu · norm(x))
 *
 * in Llama; the configuration chooses other parts.
 *
 * @param x  [N, D] embedded tokens
 * @returns [N, D]
 * @see Touvron et al. 2023, LLaMA, §2.2. https://arxiv.org/abs/2302.13971
 */
export const runTrunk = (
  config: TransformerConfig,
  parameters: Parameters,
  x: Tensor2D,
  { attend, project, through = freeingTheRest }: { attend: Attend; project: Project; through?: Through },
): Tensor2D => {
  const { norm, outputNorm, headNorms, inner, activate } = chooseParts(config, parameters);
  let stream = x;
  for (let i = 0; i < config.layers; i++) {
    const layer = `layers.${i}`;
    const add = (x: Tensor2D, input: Tensor2D, output: "attentionOutput" | "down") =>
      tf.add(x, outputNorm(project(input, `${layer}.${output}`), `${layer}.${output}Norm`)) as Tensor2D;
    const run: Layer = (x, attend) => {
      const projected = project(norm(x, `${layer}.attentionNorm`), `${layer}.queryKeyValue`);
      const attended = add(x, attend(headNorms(projected, layer), i), "attentionOutput");
      const activated = activate(project(norm(attended, `${layer}.feedForwardNorm`), `${layer}.${inner}`));
      return add(attended, activated, "down");
    };
    stream = through(run, stream, attend, i);
  }
  return norm(stream, "norm");
};
