import type { Budget } from "../budget.ts";
import { contains } from "../values/contains.ts";
import { Text } from "../values/text.ts";
import {
  compare,
  equals,
  Float,
  isList,
  Namespace,
  numberOf,
  Undefined,
  type Value,
} from "../values/values.ts";
import { isLower, isUpper, textOf } from "./string-methods.ts";

type Test = (value: Value, other: Value, budget: Budget) => boolean;

const integer = (value: Value): number => {
  const number = numberOf(value);
  if (number === undefined) throw new Error("a test got no number");
  return number;
};

const comparison =
  (isRight: (order: number) => boolean): Test =>
  (a, b, budget) =>
    isRight(compare(a, b, budget));
const equal: Test = (a, b, budget) => equals(a, b, budget);
const less = comparison((order) => order < 0);
const greater = comparison((order) => order > 0);
const notLess = comparison((order) => order >= 0);
const notGreater = comparison((order) => order <= 0);
const different: Test = (a, b, budget) => !equals(a, b, budget);

const tests: Readonly<Record<string, Test>> = {
  defined: (value) => !(value instanceof Undefined),
  undefined: (value) => value instanceof Undefined,
  none: (value) => value === null,
  boolean: (value) => typeof value === "boolean",
  true: (value) => value === true,
  false: (value) => value === false,
  integer: (value) => typeof value === "number",
  float: (value) => value instanceof Float,
  number: (value) => numberOf(value) !== undefined,
  string: (value) => value instanceof Text,
  mapping: (value) => value instanceof Map,
  sequence: (value) => value instanceof Text || isList(value) || value instanceof Map,
  iterable: (value) =>
    value instanceof Text || isList(value) || value instanceof Map || value instanceof Undefined,
  callable: (value) => typeof value === "function",
  even: (value) => integer(value) % 2 === 0,
  odd: (value) => integer(value) % 2 !== 0,
  divisibleby: (value, other) => integer(value) % integer(other) === 0,
  lower: (value, _, budget) => isLower(textOf(value, budget).value),
  upper: (value, _, budget) => isUpper(textOf(value, budget).value),
  in: (value, other, budget) => contains(other, value, budget),
  sameas: (value, other) => value === other,
  eq: equal,
  equalto: equal,
  "==": equal,
  ne: different,
  "!=": different,
  lt: less,
  lessthan: less,
  "<": less,
  gt: greater,
  greaterthan: greater,
  ">": greater,
  ge: notLess,
  ">=": notLess,
  le: notGreater,
  "<=": notGreater,
};

/** @throws Error when there is no such test. */
export const runTest = (name: string, value: Value, other: Value, budget: Budget): boolean => {
  const test = Object.hasOwn(tests, name) ? tests[name] : undefined;
  if (test === undefined) throw new Error(`there is no test "${name.slice(0, 60)}"`);
  budget.step();
  // A namespace is no value that a test could look into.
  if (value instanceof Namespace && name !== "defined") return name === "iterable";
  return test(value, other, budget);
};
