import { createSoftQLearning } from "@accord-rl/q-learning";
import type { TextAlgorithm } from "./text-algorithm.ts";

/** @see Nachum et al. 2017; Guo et al. 2021 for text. Soft Q-learning on tokens, with a β of its own. */
export const qLearning: TextAlgorithm = (setting) => {
  const { policy, reference, values, beta, optimizer, random, compile, epochs, minibatches, microBatchSize } =
    setting;
  const steps = epochs * minibatches;
  return {
    algorithm: createSoftQLearning({
      policy,
      values: values(),
      reference,
      beta,
      optimizer: optimizer(steps),
      random: random.fork("minibatches"),
      compile,
      options: { steps, microBatchSize },
    }),
  };
};
