import "@accord-rl/math";
import * as tf from "@tensorflow/tfjs-core";
import { expect } from "vitest";

export interface CheckGradientsOptions {
  /** Half the distance of the central difference, relative to max(1, |x|). Default 1e-2: float32 rounding and curvature balance there. */
  readonly step?: number;
  /** Default 1e-2. */
  readonly rtol?: number;
  /** Default 1e-3. */
  readonly atol?: number;
}

/**
 * Compares a function's gradients with central differences.
 *
 *   ∂f/∂xᵢ ≈ (f(x + hᵢ) − f(x − hᵢ)) / 2hᵢ, summed over outputs with fixed, unequal weights
 *
 * The weights make sure that a gradient which mixes up outputs is noticed. Keep inputs small (dozens of numbers) and
 * away from kinks.
 *
 * @param fn      of the float32 inputs; capture all others.
 * @param inputs  they stay the caller's.
 */
export const checkGradients = (
  fn: (...inputs: tf.Tensor[]) => tf.Tensor,
  inputs: readonly tf.Tensor[],
  { step = 1e-2, rtol = 1e-2, atol = 1e-3 }: CheckGradientsOptions = {},
): void => {
  const objective = (...arguments_: tf.Tensor[]): tf.Scalar =>
    tf.tidy(() => {
      const output = fn(...arguments_);
      const weights = Float32Array.from({ length: output.size }, (_, i) => 1 + Math.sin(3 * i + 1) / 2);
      return tf.sum(tf.mul(output, tf.tensor(weights, output.shape))) as tf.Scalar;
    });
  const evaluate = (arguments_: readonly tf.Tensor[]): number =>
    tf.tidy(() => objective(...arguments_).dataSync()[0] as number);

  const gradients = tf.tidy(() =>
    tf
      .grads(objective)([...inputs])
      .map((gradient) => Array.from(gradient.dataSync())),
  );
  const differences = inputs.map((input, position) => {
    const values = Float32Array.from(input.dataSync());
    return Array.from(values, (value, i) => {
      const at = (moved: number): { value: number; objective: number } =>
        tf.tidy(() => {
          const changed = values.slice();
          changed[i] = moved;
          const tensor = tf.tensor(changed, input.shape);
          const objectiveHere = evaluate(inputs.map((other, j) => (j === position ? tensor : other)));
          return { value: changed[i] as number, objective: objectiveHere };
        });
      const distance = step * Math.max(1, Math.abs(value));
      const [above, below] = [at(value + distance), at(value - distance)];
      return (above.objective - below.objective) / (above.value - below.value);
    });
  });
  gradients.forEach((gradient, position) => {
    expect(gradient, `gradient of input ${position}`).toBeAllClose(differences[position] as number[], {
      rtol,
      atol,
    });
  });
};
