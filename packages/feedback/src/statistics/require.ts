import { refuse } from "../require.ts";

/** Throws unless the value is a finite number from `low` to `high`. */
export const requireNumber = (
  where: string,
  argument: string,
  value: number,
  [low, high]: readonly [number, number] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
): number => {
  if (Number.isFinite(value) && value >= low && value <= high) return value;
  const [least, most] = [`of at least ${low}`, `of at most ${high}`];
  const range = [
    ...(low > Number.NEGATIVE_INFINITY ? [least] : []),
    ...(high < Number.POSITIVE_INFINITY ? [most] : []),
  ];
  return refuse(where, argument, value, ["a finite number", range.join(" and ")].join(" ").trim());
};

/** Throws unless the value is a probability. */
export const requireProbability = (where: string, argument: string, value: number): number =>
  requireNumber(where, argument, value, [0, 1]);

/** Throws unless a list has at least so many entries. */
export const requireLength = (where: string, argument: string, length: number, minimum = 1): void => {
  if (length < minimum) refuse(where, `${argument}.length`, length, `at least ${minimum}`);
};

/** Throws unless two lists that belong together are equally long. */
export const requireSameLength = (
  where: string,
  [firstName, secondName]: readonly [string, string],
  first: { readonly length: number },
  second: { readonly length: number },
): void => {
  if (first.length === second.length) return;
  refuse(where, `${secondName}.length`, second.length, `${first.length} (as many as ${firstName})`);
};

/** Throws unless every value is a finite number from `low` to `high`; builds no message where all are. */
export const requireEach = (
  where: string,
  argument: string,
  values: readonly number[],
  range: readonly [number, number],
): void => {
  const wrong = values.findIndex(
    (value) => !(Number.isFinite(value) && value >= range[0] && value <= range[1]),
  );
  if (wrong >= 0) requireNumber(where, `${argument}[${wrong}]`, values[wrong] as number, range);
};
