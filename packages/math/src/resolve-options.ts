import { InvalidArgumentError } from "@accord-rl/core";

/** What a number must be, and how to say so. */
export type Rule = readonly [isFine: (value: number) => boolean, expected: string];

export const notNegative: Rule = [(value) => value >= 0 && Number.isFinite(value), "a number of 0 or more"];
export const rate: Rule = [(value) => value >= 0 && value <= 1, "a number from 0 to 1"];
export const count: Rule = [(value) => Number.isSafeInteger(value) && value >= 1, "an integer of 1 or more"];

/** @throws InvalidArgumentError that names an option, its value, and what was expected instead. */
export const refuseOption = (where: string, argument: string, value: unknown, expected: string): never => {
  const message = `${where}: ${argument} is ${String(value)}, expected ${expected}`;
  throw new InvalidArgumentError({ argument, value, message });
};

/**
 * An algorithm's defaults with what was given.
 *
 * @param options.rules     for the numbers; those that the defaults lack are passed over.
 * @param options.nullable  the numbers that may be null. Default: those that are by default.
 * @param options.schedulable  those that may be schedules, which are judged by where they begin. Default: none.
 * @throws InvalidArgumentError for unknown names and impossible numbers.
 */
export const resolveOptions = <O extends object>({
  where,
  defaults,
  given = {},
  rules,
  nullable,
  schedulable = [],
}: {
  readonly where: string;
  readonly defaults: O;
  readonly given: Partial<O> | undefined;
  readonly rules: { readonly [K in keyof O]?: Rule };
  readonly nullable?: readonly (keyof O)[];
  readonly schedulable?: readonly (keyof O)[];
}): O => {
  const unknown = Object.keys(given).find((name) => !(name in defaults));
  if (unknown !== undefined) {
    refuseOption(where, unknown, given[unknown as keyof O], `one of ${Object.keys(defaults).join(", ")}`);
  }
  const set = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const options: O = { ...defaults, ...set };
  const mayBeNull = (name: keyof O) => nullable?.includes(name) ?? defaults[name] === null;
  for (const [name, [isFine, expected]] of Object.entries(rules) as [string & keyof O, Rule][]) {
    const given: unknown = options[name];
    const value = typeof given === "function" && schedulable.includes(name) ? given(0) : given;
    if (!(name in defaults) || (value === null && mayBeNull(name))) continue;
    if (typeof value !== "number" || !isFine(value)) refuseOption(where, name, value, expected);
  }
  return Object.freeze(options);
};
