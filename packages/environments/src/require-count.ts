import { InvalidArgumentError } from "@accord-rl/core";

export const requireCount = (where: string, argument: string, value: number): void => {
  if (Number.isSafeInteger(value) && value >= 1) return;
  const message = `${where}: ${argument} is ${value}, expected an integer of 1 or more`;
  throw new InvalidArgumentError({ argument, value, message });
};
