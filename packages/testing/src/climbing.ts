import type { OptimizerFactory } from "@accord-rl/learning";
import type { Gradients } from "@accord-rl/math";
import * as tf from "@tensorflow/tfjs-core";

const negative = (gradients: Gradients): Gradients =>
  Object.fromEntries(Object.entries(gradients).map(([name, gradient]) => [name, tf.neg(gradient)]));

/** An optimizer that climbs the loss: what a loss of the wrong sign does. */
export const climbing =
  (factory: OptimizerFactory): OptimizerFactory =>
  (parameters) => {
    const optimizer = factory(parameters);
    const { traceable } = optimizer;
    return {
      ...optimizer,
      apply: (gradients) => tf.tidy(() => optimizer.apply(negative(gradients))),
      traceable: {
        ...traceable,
        update: (coefficients, gradients, applies) =>
          tf.tidy(() => traceable.update(coefficients, negative(gradients), applies)),
      },
    };
  };
