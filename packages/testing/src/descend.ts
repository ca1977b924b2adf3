import type { Parameters } from "@accord-rl/core";
import type { Gradients } from "@accord-rl/math";
import * as tf from "@tensorflow/tfjs-core";

/** One step of plain gradient descent, θ ← θ − α·g, for tests of models that know no optimizer. */
export const descend = (parameters: Parameters, gradients: Gradients, learningRate: number): void =>
  tf.tidy(() => {
    for (const [name, variable] of Object.entries(parameters)) {
      variable.assign(tf.sub(variable, tf.mul(gradients[name]!, learningRate)));
    }
  });
