import type { Compile, KlRegularizer, Random, TextObservations } from "@accord-rl/core";
import type { OptimizerFactory } from "@accord-rl/learning";
import type { TextAlgorithm, TextLearner, WritingPolicy } from "./text-algorithm.ts";

/** Responses to each prompt, which are compared with each other. */
const samplesPerPrompt = 4;

/** What algorithms without a value model are built from that compare the responses to one prompt. */
interface Parts {
  readonly policy: WritingPolicy;
  readonly regularizer: KlRegularizer<TextObservations>;
  readonly optimizer: OptimizerFactory;
  readonly random: Random;
  readonly compile: Compile;
  readonly options: {
    readonly epochs: number;
    readonly minibatches: number;
    readonly microBatchSize: number | null;
    readonly behaviourMismatch: "error" | "warn-and-truncate";
  };
}

export const fromGroups =
  (create: (parts: Parts) => TextLearner["algorithm"]): TextAlgorithm =>
  ({ policy, regularizer, optimizer, random, compile, ...setting }) => {
    const { epochs, minibatches, microBatchSize, behaviourMismatch } = setting;
    return {
      samplesPerPrompt,
      algorithm: create({
        policy,
        regularizer: regularizer(),
        optimizer: optimizer(epochs * minibatches),
        random: random.fork("minibatches"),
        compile,
        options: { epochs, minibatches, microBatchSize, behaviourMismatch },
      }),
    };
  };
