import { InvalidArgumentError, requireGiven } from "@accord-rl/core";

/** Refuses options that no optimizer can use. */
export const checkOptimizerOptions = (
  where: string,
  options: Readonly<Record<string, unknown>>,
  belowOne: readonly string[],
): void => {
  requireGiven(where, options, ["learningRate"]);
  for (const [argument, value] of Object.entries(options)) {
    if (typeof value !== "number") continue;
    const upper = belowOne.includes(argument) ? 1 : Number.POSITIVE_INFINITY;
    const isPositive = argument === "maxGradientNorm";
    if ((isPositive ? value > 0 : value >= 0) && value < upper) continue;
    throw new InvalidArgumentError({
      argument,
      value,
      message: `${where}: ${argument} is ${value}, expected a number ${isPositive ? "above 0" : "of 0 or more"}${upper === 1 ? ", below 1" : ""}`,
    });
  }
};
