import type { OptimizerFactory } from "@accord-rl/math";
import * as tf from "@tensorflow/tfjs-core";

/** An optimizer that climbs the loss: what a loss of the wrong sign does. */
export const climbing =
  (factory: OptimizerFactory): OptimizerFactory =>
  (parameters) => {
    const optimizer = factory(parameters);
    const apply: typeof optimizer.apply = (gradients) =>
      tf.tidy(() =>
        optimizer.apply(
          Object.fromEntries(Object.entries(gradients).map(([name, gradient]) => [name, tf.neg(gradient)])),
        ),
      );
    return { ...optimizer, apply };
  };
