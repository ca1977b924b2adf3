import { InvalidArgumentError } from "./errors.ts";

/** @throws InvalidArgumentError that names an argument, its value, and what was expected instead. */
export const refuse = (where: string, argument: string, value: unknown, expected: string): never => {
  const shown = typeof value === "string" ? `"${value}"` : String(value);
  throw new InvalidArgumentError({
    argument,
    value,
    message: `${where}: ${argument} is ${shown}, expected ${expected}`,
  });
};

/** @throws InvalidArgumentError unless each of the names is given: types don't help plain JavaScript. */
export const requireGiven = <T extends object>(
  where: string,
  given: T,
  names: readonly (keyof T & string)[],
): void => {
  const missing = names.find((name) => given?.[name] === undefined || given[name] === null);
  if (missing === undefined) return;
  const got = Object.keys(given ?? {}).join(", ") || "nothing";
  const message = `${where}: ${missing} is missing, expected ${names.join(", ")}; got ${got}`;
  throw new InvalidArgumentError({ argument: missing, value: undefined, message });
};

/** What a number must be, and how to say so. */
export type Rule = readonly [isFine: (value: number) => boolean, expected: string];

export const count: Rule = [(value) => Number.isSafeInteger(value) && value >= 1, "an integer of 1 or more"];
export const notNegative: Rule = [(value) => value >= 0 && Number.isFinite(value), "a number of 0 or more"];
export const positive: Rule = [(value) => value > 0, "a number above 0"];
export const finitePositive: Rule = [
  (value) => value > 0 && Number.isFinite(value),
  "a finite number above 0",
];
export const rate: Rule = [(value) => value >= 0 && value <= 1, "a number from 0 to 1"];
export const openRate: Rule = [(value) => value > 0 && value < 1, "a number between 0 and 1"];
export const positiveRate: Rule = [(value) => value > 0 && value <= 1, "a number above 0 and up to 1"];
export const rateBelowOne: Rule = [(value) => value >= 0 && value < 1, "a number from 0, below 1"];

/** @throws InvalidArgumentError unless the rule holds. */
export const requireRule = (
  where: string,
  argument: string,
  value: number,
  [isFine, expected]: Rule,
): number => (typeof value === "number" && isFine(value) ? value : refuse(where, argument, value, expected));

/** @throws InvalidArgumentError unless the value is an integer of at least `least`. */
export const requireCount = (where: string, argument: string, value: number, least = 1): void => {
  if (Number.isSafeInteger(value) && value >= least) return;
  refuse(where, argument, value, `an integer of ${least} or more`);
};

type Range = readonly [low: number, high: number];
const anywhere: Range = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
const isWithin = (value: number, [low, high]: Range) =>
  Number.isFinite(value) && value >= low && value <= high;

/** @throws InvalidArgumentError unless the value is a finite number from `low` to `high`. */
export const requireNumber = (
  where: string,
  argument: string,
  value: number,
  range: Range = anywhere,
): number => {
  if (isWithin(value, range)) return value;
  const [low, high] = range;
  const limits = [
    ...(Number.isFinite(low) ? [`of at least ${low}`] : []),
    ...(Number.isFinite(high) ? [`of at most ${high}`] : []),
  ];
  return refuse(where, argument, value, `a finite number ${limits.join(" and ")}`.trimEnd());
};

/** @throws InvalidArgumentError unless every value is a finite number from `low` to `high`. */
export const requireEach = (
  where: string,
  argument: string,
  values: readonly number[],
  range: Range = anywhere,
): void => {
  const wrong = values.findIndex((value) => !isWithin(value, range));
  if (wrong >= 0) requireNumber(where, `${argument}[${wrong}]`, values[wrong] as number, range);
};

/** @throws InvalidArgumentError when there is no value, or one is no finite number from `low` to `high`. */
export const requireNumbers = (
  where: string,
  argument: string,
  values: readonly number[],
  range: Range = anywhere,
): void => {
  requireLength(where, argument, values.length);
  requireEach(where, argument, values, range);
};

/** @throws InvalidArgumentError unless a list has at least so many entries. */
export const requireLength = (where: string, argument: string, length: number, least = 1): void => {
  if (length < least) refuse(where, `${argument}.length`, length, `at least ${least}`);
};

/** @throws InvalidArgumentError unless two lists that belong together are equally long. */
export const requireSameLength = (
  where: string,
  [firstName, secondName]: readonly [string, string],
  first: { readonly length: number },
  second: { readonly length: number },
): void => {
  if (first.length === second.length) return;
  refuse(where, `${secondName}.length`, second.length, `${first.length} (as many as ${firstName})`);
};
