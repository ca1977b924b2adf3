import { InvalidArgumentError } from "@accord-rl/core";

/** The largest finite number in float32. */
export const largestFloat = (2 - 2 ** -23) * 2 ** 127;

/** Throws unless a number lies between the limits. */
export const requireNumber = (
  where: string,
  argument: string,
  value: number,
  [low, high]: readonly [number, number] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
): number => {
  if (Number.isFinite(value) && value >= low && value <= high) return value;
  const limits = [
    ...(Number.isFinite(low) ? [`of at least ${low}`] : []),
    ...(Number.isFinite(high) ? [`of at most ${high}`] : []),
  ];
  throw new InvalidArgumentError({
    argument,
    value,
    message: `${where}: ${argument} is ${value}, expected a finite number ${limits.join(" and ")}`.trimEnd(),
  });
};

/** Throws unless a number is an integer of 1 or more. */
export const requireCount = (where: string, argument: string, value: number): void => {
  if (Number.isSafeInteger(value) && value >= 1) return;
  throw new InvalidArgumentError({
    argument,
    value,
    message: `${where}: ${argument} is ${value}, expected an integer of 1 or more`,
  });
};

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
