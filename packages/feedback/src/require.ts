import { InvalidArgumentError } from "@accord-rl/core";

/** @throws InvalidArgumentError: what, got, expected. */
export const refuse = (where: string, argument: string, value: unknown, expected: string): never => {
  const shown = typeof value === "string" ? `"${value}"` : String(value);
  throw new InvalidArgumentError({
    argument,
    value,
    message: `${where}: ${argument} is ${shown}, expected ${expected}`,
  });
};

/** @throws InvalidArgumentError unless `value` is an integer of at least `least`. */
export const requireCount = (where: string, argument: string, value: number, least = 1): void => {
  if (!Number.isSafeInteger(value) || value < least) {
    refuse(where, argument, value, `an integer of at least ${least}`);
  }
};

/** @throws InvalidArgumentError unless `value` is in [0, 1). */
export const requireShare = (where: string, argument: string, value: number): void => {
  if (!(value >= 0 && value < 1)) refuse(where, argument, value, "a number from 0, below 1");
};
