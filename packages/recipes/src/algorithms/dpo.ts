import type { Stats } from "@accord-rl/core";
import { createDpo, dpoLoss } from "@accord-rl/dpo";
import { preferencesOf } from "./preferences.ts";
import type { TextAlgorithm } from "./text-algorithm.ts";

const average = (all: readonly Stats[]): Stats =>
  Object.fromEntries(
    Object.keys(all[0] ?? {}).map((name) => [
      name,
      all.reduce((sum, stats) => sum + stats[name]!, 0) / all.length,
    ]),
  );

/** @see Rafailov et al. 2023. On the policy's own pairs, labelled by the reward model. */
export const dpo: TextAlgorithm = (setting) => {
  const { policy, reference, beta, optimizer, compile, epochs, minibatches, microBatchSize } = setting;
  const learner = createDpo({
    policy,
    reference,
    loss: dpoLoss({ beta }),
    optimizer: optimizer(epochs * minibatches),
    compile,
    options: { microBatchSize },
  });
  return {
    samplesPerPrompt: 2,
    algorithm: {
      ...learner,
      actor: policy,
      update: async (rollout) => {
        const pairs = await preferencesOf(rollout);
        const size = Math.ceil(pairs.length / minibatches);
        const all: Stats[] = [];
        for (let epoch = 0; epoch < epochs; epoch++) {
          for (let from = 0; from < pairs.length; from += size) {
            all.push(await learner.update(pairs.slice(from, from + size)));
          }
        }
        return { ...average(all), pairs: pairs.length };
      },
    },
  };
};
