import { InvalidArgumentError } from "@accord-rl/core";

/** What a number must be, and how that is said. */
export type Rule = readonly [isFine: (value: number) => boolean, expected: string];

export const positive: Rule = [(value) => value > 0 && Number.isFinite(value), "a number above 0"];
export const notNegative: Rule = [(value) => value >= 0 && Number.isFinite(value), "a number of 0 or more"];
export const rate: Rule = [(value) => value >= 0 && value <= 1, "a number from 0 to 1"];
export const positiveRate: Rule = [(value) => value > 0 && value <= 1, "a number above 0 and up to 1"];
export const openRate: Rule = [(value) => value > 0 && value < 1, "a number between 0 and 1"];
export const count: Rule = [(value) => Number.isSafeInteger(value) && value >= 1, "an integer of 1 or more"];

const fail = (where: string, argument: string, value: unknown, expected: string): never => {
  const message = `${where}: ${argument} is ${String(value)}, expected ${expected}`;
  throw new InvalidArgumentError({ argument, value, message });
};

/** The defaults with what was given; unknown names and impossible numbers throw. null is fine where it is the default. */
export const resolveOptions = <O extends object>(
  where: string,
  given: Partial<O>,
  defaults: O,
  rules: Partial<Record<keyof O, Rule>>,
): O => {
  const unknown = Object.keys(given).find((name) => !(name in defaults));
  if (unknown !== undefined) {
    fail(where, unknown, given[unknown as keyof O], `one of ${Object.keys(defaults).join(", ")}`);
  }
  const set = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const options: O = { ...defaults, ...set };
  for (const [name, rule] of Object.entries(rules) as [keyof O & string, Rule][]) {
    const value = options[name];
    if (value === null && defaults[name] === null) continue;
    if (typeof value !== "number" || !rule[0](value)) fail(where, name, value, rule[1]);
  }
  return Object.freeze(options);
};
