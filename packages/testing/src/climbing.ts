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
    // Not a copy: the step and the learning rate change.
    return Object.assign(Object.create(optimizer) as typeof optimizer, {
      update: (...[gradients, numbers, applies]: Parameters<typeof optimizer.update>) =>
        tf.tidy(() => optimizer.update(negative(gradients), numbers, applies)),
    });
  };
