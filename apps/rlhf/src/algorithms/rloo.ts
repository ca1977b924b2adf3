import { createRloo } from "@accord-rl/reinforce";
import type { TextAlgorithm } from "./text-algorithm.ts";

/** @see Ahmadian et al. 2024. Each of four responses is compared with the other three: no value model. */
export const rloo: TextAlgorithm = (setting) => {
  const { policy, regularizer, optimizer, random, compile, epochs, minibatches, microBatchSize } = setting;
  return {
    samplesPerPrompt: 4,
    algorithm: createRloo({
      policy,
      regularizer: regularizer(),
      optimizer: optimizer(epochs * minibatches),
      random: random.fork("minibatches"),
      compile,
      options: { epochs, minibatches, microBatchSize },
    }),
  };
};
