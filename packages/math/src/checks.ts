import { InvalidArgumentError, requireNumber } from "@accord-rl/core";

/** The largest finite number in float32. */
export const largestFloat = (2 - 2 ** -23) * 2 ** 127;

/** Each example's weight over the sum of weights. @throws InvalidArgumentError when there is nothing to learn from. */
export const weightShares = (where: string, examples: readonly { readonly weight?: number }[]): number[] => {
  const weights = examples.map(({ weight = 1 }, index) =>
    requireNumber(where, `batch[${index}].weight`, weight, [0, Number.POSITIVE_INFINITY]),
  );
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  if (total === 0) {
    throw new InvalidArgumentError({
      argument: "batch",
      value: examples.length,
      message: `${where}: the batch has ${examples.length} examples of total weight 0, expected at least one that counts`,
    });
  }
  return weights.map((weight) => weight / total);
};
