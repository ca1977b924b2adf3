import type { Random } from "@accord-rl/core";
import { orthogonal } from "./orthogonal.ts";

/** First values of a layer: the weight [outputs, inputs], row-major, and the bias [outputs]. */
export type LayerInitializer = (layer: {
  readonly inputs: number;
  readonly outputs: number;
  readonly isLast: boolean;
  readonly random: Random;
}) => { readonly weight: Float32Array; readonly bias: Float32Array };

/**
 * Orthogonal weights with gain √2, `outputGain` for the last layer; biases 0.
 * @see Huang et al. 2022, The 37 implementation details of PPO, detail 2.
 */
export const orthogonalLayers =
  (outputGain: number): LayerInitializer =>
  ({ inputs, outputs, isLast, random }) => ({
    weight: orthogonal(outputs, inputs, isLast ? outputGain : Math.SQRT2, random),
    bias: new Float32Array(outputs),
  });

/** Weights and biases uniform in ±1/√inputs: PyTorch's default for a linear layer. */
export const fanInUniformLayers: LayerInitializer = ({ inputs, outputs, random }) => {
  const draw = () => (2 * random.uniform() - 1) / Math.sqrt(inputs);
  const weight = Float32Array.from({ length: outputs * inputs }, draw);
  return { weight, bias: Float32Array.from({ length: outputs }, draw) };
};
