import { type Rule, refuse } from "./checks.ts";
import { InvalidArgumentError } from "./errors.ts";

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
    const message = `${where}: ${unknown} is no option, expected one of ${Object.keys(defaults).join(", ")}`;
    throw new InvalidArgumentError({ argument: unknown, value: given[unknown as keyof O], message });
  }
  const set = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const options: O = { ...defaults, ...set };
  const mayBeNull = (name: keyof O) => nullable?.includes(name) ?? defaults[name] === null;
  for (const [name, [isFine, expected]] of Object.entries(rules) as [string & keyof O, Rule][]) {
    const given: unknown = options[name];
    const value = typeof given === "function" && schedulable.includes(name) ? given(0) : given;
    if (!(name in defaults) || (value === null && mayBeNull(name))) continue;
    if (typeof value !== "number" || !isFine(value)) refuse(where, name, value, expected);
  }
  return Object.freeze(options);
};
