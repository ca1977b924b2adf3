import { InvalidArgumentError } from "@accord-rl/core";

/** Throws when the values are empty or one is no finite number. */
export const requireFinite = (where: string, argument: string, values: readonly number[]): void => {
  if (values.length === 0) {
    throw new InvalidArgumentError({
      argument,
      value: values,
      message: `${where}: ${argument} is empty, expected at least one number`,
    });
  }
  const index = values.findIndex((value) => !Number.isFinite(value));
  if (index >= 0) {
    throw new InvalidArgumentError({
      argument,
      value: values[index],
      message: `${where}: ${argument}[${index}] is ${values[index]}, expected a finite number`,
    });
  }
};

/** Throws when two lists that belong together differ in length. */
export const requireSameLength = (
  where: string,
  names: readonly [string, string],
  first: { readonly length: number },
  second: { readonly length: number },
): void => {
  if (first.length !== second.length) {
    throw new InvalidArgumentError({
      argument: names[1],
      value: second.length,
      message: `${where}: ${names[1]} has ${second.length} entries, expected ${first.length} (as many as ${names[0]})`,
    });
  }
};

/** Throws when a value lies outside [0, 1] (or outside (0, 1), where `isOpen`). */
export const requireFraction = (where: string, argument: string, value: number, isOpen = false): void => {
  const isInside = isOpen ? value > 0 && value < 1 : value >= 0 && value <= 1;
  if (!isInside) {
    throw new InvalidArgumentError({
      argument,
      value,
      message: `${where}: ${argument} is ${value}, expected a number ${isOpen ? "between 0 and 1" : "from 0 to 1"}`,
    });
  }
};

/** Throws when a value is no integer of at least `minimum`. */
export const requireInteger = (where: string, argument: string, value: number, minimum = 1): void => {
  if (!Number.isInteger(value) || value < minimum) {
    throw new InvalidArgumentError({
      argument,
      value,
      message: `${where}: ${argument} is ${value}, expected an integer of at least ${minimum}`,
    });
  }
};
