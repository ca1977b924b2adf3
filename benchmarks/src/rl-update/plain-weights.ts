import type { Parameters } from "@accord-rl/core";

/** A perceptron's weights and biases in their order, as JSON for the peer. */
export const plainWeights = (parameters: Parameters): Promise<unknown[]> =>
  Promise.all(Object.values(parameters).map((variable) => variable.array()));
