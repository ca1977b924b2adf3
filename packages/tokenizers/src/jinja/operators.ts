import type { Budget } from "./budget.ts";
import { textOf } from "./library/string-methods.ts";
import { contains } from "./values/contains.ts";
import { Text } from "./values/text.ts";
import { compare, equals, Float, isList, numberOf, Tuple, typeName, type Value } from "./values/values.ts";

const arithmetic: Readonly<Record<string, (a: number, b: number) => number>> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => a / b,
  "//": (a, b) => Math.floor(a / b),
  "%": (a, b) => a - b * Math.floor(a / b),
  "**": (a, b) => a ** b,
};

const calculate = (operator: string, left: Value, right: Value): Value | undefined => {
  const [a, b] = [numberOf(left), numberOf(right)];
  const operation = arithmetic[operator];
  if (a === undefined || b === undefined || operation === undefined) return undefined;
  if (b === 0 && ["/", "//", "%"].includes(operator)) throw new Error("a number is divided by 0");
  const result = operation(a, b);
  const isFloat =
    left instanceof Float || right instanceof Float || operator === "/" || (operator === "**" && b < 0);
  if (isFloat) return new Float(result);
  if (!Number.isSafeInteger(result)) throw new Error("a number is too large");
  return result;
};

const repeat = (value: Value, count: number, budget: Budget): Value | undefined => {
  const times = Math.max(0, count);
  if (value instanceof Text) {
    budget.step(times);
    budget.characters(value.value.length * times);
    return Text.join(Array<Text>(times).fill(value));
  }
  if (!isList(value)) return undefined;
  budget.step(value.length * times);
  return Array.from({ length: value.length * times }, (_, i) => value[i % value.length] as Value);
};

const combine = (operator: string, left: Value, right: Value, budget: Budget): Value | undefined => {
  if (operator === "+" && left instanceof Text && right instanceof Text) {
    budget.characters(left.value.length + right.value.length);
    return Text.join([left, right]);
  }
  if (operator === "+" && isList(left) && isList(right)) {
    budget.step(left.length + right.length);
    if (left instanceof Tuple !== right instanceof Tuple) return undefined;
    return left.concat(right);
  }
  if (operator === "*" && typeof right === "number") return repeat(left, right, budget);
  if (operator === "*" && typeof left === "number") return repeat(right, left, budget);
  return undefined;
};

/** A binary operator other than `and` and `or`. @throws Error when it doesn't fit the values. */
export const operate = (operator: string, left: Value, right: Value, budget: Budget): Value => {
  switch (operator) {
    case "==":
      return equals(left, right, budget);
    case "!=":
      return !equals(left, right, budget);
    case "in":
      return contains(right, left, budget);
    case "not in":
      return !contains(right, left, budget);
    case "<":
      return compare(left, right, budget) < 0;
    case ">":
      return compare(left, right, budget) > 0;
    case "<=":
      return compare(left, right, budget) <= 0;
    case ">=":
      return compare(left, right, budget) >= 0;
    case "~": {
      const parts = [textOf(left, budget), textOf(right, budget)];
      return Text.join(parts);
    }
  }
  const result = calculate(operator, left, right) ?? combine(operator, left, right, budget);
  if (result !== undefined) return result;
  throw new Error(`${operator} can't be used with ${typeName(left)} and ${typeName(right)}`);
};
