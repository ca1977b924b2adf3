import { createGrpo } from "@accord-rl/reinforce";
import type { TextAlgorithm } from "./text-algorithm.ts";

/** @see Shao et al. 2024. Scores standardised among four responses to a prompt: no value model. */
export const grpo: TextAlgorithm = (setting) => {
  const { policy, regularizer, optimizer, random, compile, epochs, minibatches, microBatchSize } = setting;
  return {
    samplesPerPrompt: 4,
    algorithm: createGrpo({
      policy,
      regularizer: regularizer(),
      optimizer: optimizer(epochs * minibatches),
      random: random.fork("minibatches"),
      compile,
      options: { epochs, minibatches, microBatchSize },
    }),
  };
};
