import { batchMeanBaseline, createReinforce } from "@accord-rl/reinforce";
import type { TextAlgorithm } from "./text-algorithm.ts";

/** @see Williams 1992. Rewards-to-go against their mean: no value model, one pass over each batch. */
export const reinforce: TextAlgorithm = (setting) => {
  const { policy, regularizer, optimizer, random, microBatchSize, behaviourMismatch, isExact, compile } =
    setting;
  return {
    algorithm: createReinforce({
      policy,
      regularizer: regularizer(),
      optimizer: optimizer(1),
      advantages: batchMeanBaseline(),
      random: random.fork("minibatches"),
      compile,
      options: { microBatchSize, behaviourMismatch, ...(!isExact && { whitening: {} }) },
    }),
  };
};
