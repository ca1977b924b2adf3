import { createA2c } from "@accord-rl/a2c";
import type { TextAlgorithm } from "./text-algorithm.ts";

/** @see Mnih et al. 2016. The advantages of PPO, one pass over each batch. */
export const a2c: TextAlgorithm = ({
  policy,
  values,
  regularizer,
  optimizer,
  microBatchSize,
  behaviourMismatch,
  isExact,
  compile,
}) => ({
  algorithm: createA2c({
    policy,
    values: values(),
    regularizer: regularizer(),
    optimizer: optimizer(1),
    compile,
    options: {
      microBatchSize,
      behaviourMismatch,
      ...(isExact && { whitening: null, valueCoefficient: 1 }),
    },
  }),
});
