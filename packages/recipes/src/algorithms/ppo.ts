import { createPpo } from "@accord-rl/ppo";
import type { TextAlgorithm } from "./text-algorithm.ts";

/** @see Schulman et al. 2017; Ziegler et al. 2019 for language models. */
export const ppo: TextAlgorithm = ({
  policy,
  values,
  regularizer,
  optimizer,
  random,
  compile,
  ...setting
}) => {
  const { epochs, minibatches, microBatchSize, behaviourMismatch, isExact } = setting;
  return {
    algorithm: createPpo({
      policy,
      values: values(),
      regularizer: regularizer(),
      optimizer: optimizer(epochs * minibatches),
      random: random.fork("minibatches"),
      compile,
      options: {
        epochs,
        minibatches,
        microBatchSize,
        behaviourMismatch,
        ...(isExact && { whitening: null, valueCoefficient: 1, valueClipEpsilon: null }),
      },
    }),
  };
};
