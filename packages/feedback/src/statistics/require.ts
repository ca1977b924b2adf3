import { InvalidArgumentError } from "@accord-rl/core";

const fail = (where: string, argument: string, value: unknown, expected: string): never => {
  throw new InvalidArgumentError({
    argument,
    value,
    message: `${where}: ${argument} is ${String(value)}, expected ${expected}`,
  });
};

/** Throws unless the value is a finite number from `low` to `high`. */
export const requireNumber = (
  where: string,
  argument: string,
  value: number,
  [low, high]: readonly [number, number] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
): number => {
  if (Number.isFinite(value) && value >= low && value <= high) return value;
  const range = `${low === Number.NEGATIVE_INFINITY ? "" : ` of at least ${low}`}${high === Number.POSITIVE_INFINITY ? "" : ` and at most ${high}`}`;
  return fail(where, argument, value, `a finite number${range}`);
};

/** Throws unless the value is a probability. */
export const requireProbability = (where: string, argument: string, value: number): number =>
  requireNumber(where, argument, value, [0, 1]);

/** Throws unless a list has at least so many entries. */
export const requireCount = (where: string, argument: string, length: number, minimum = 1): void => {
  if (length < minimum) fail(where, `${argument}.length`, length, `at least ${minimum}`);
};

/** Throws unless two lists that belong together are equally long. */
export const requireSameLength = (
  where: string,
  [firstName, secondName]: readonly [string, string],
  first: { readonly length: number },
  second: { readonly length: number },
): void => {
  if (first.length === second.length) return;
  fail(where, `${secondName}.length`, second.length, `${first.length} (as many as ${firstName})`);
};
