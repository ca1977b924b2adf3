import type { Budget } from "../budget.ts";
import { Text } from "./text.ts";

/** A name or key that isn't there. */
export class Undefined {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

/** A number that Python writes with a point. */
export class Float {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
}

/** Arguments of a call. */
export interface Arguments {
  readonly positional: readonly Value[];
  readonly named: ReadonlyMap<string, Value>;
}

export type Callable = (args: Arguments) => Value;

/** A dictionary: each value with its key as text. */
export type Dictionary = Map<string, { readonly key: Value; readonly value: Value }>;

/** What `namespace()` makes: the only value that templates change. */
export class Namespace {
  readonly attributes = new Map<string, Value>();
}

/** A list that can't be told from others, but is written with parentheses. */
export class Tuple extends Array<Value> {}

/** A value of a template, as in Python. Integers are JavaScript numbers. */
export type Value =
  | null
  | boolean
  | number
  | Float
  | Text
  | Undefined
  | Dictionary
  | Namespace
  | Callable
  | readonly Value[];

export const isList = (value: Value): value is readonly Value[] => Array.isArray(value);

export const typeName = (value: Value): string => {
  if (value === null) return "None";
  if (value instanceof Text) return "a string";
  if (value instanceof Undefined) return `undefined (${value.name})`;
  if (value instanceof Map) return "a dictionary";
  if (isList(value)) return "a list";
  if (typeof value === "function") return "a function";
  if (value instanceof Namespace) return "a namespace";
  return value instanceof Float || typeof value === "number" ? "a number" : "a boolean";
};

export const numberOf = (value: Value): number | undefined => {
  if (typeof value === "number") return value;
  if (typeof value === "boolean") return Number(value);
  return value instanceof Float ? value.value : undefined;
};

export const isTrue = (value: Value): boolean => {
  if (value === null || value instanceof Undefined) return false;
  if (value instanceof Text) return value.value !== "";
  if (value instanceof Map) return value.size > 0;
  if (isList(value)) return value.length > 0;
  const number = numberOf(value);
  return number === undefined || number !== 0;
};

/** Keys under which equal values of Python fall together. */
export const keyOf = (value: Value): string => {
  if (value instanceof Text) return `s${value.value}`;
  const number = numberOf(value);
  if (number !== undefined) return `n${number}`;
  if (value === null) return "none";
  throw new Error(`${typeName(value)} can't be a key`);
};

export const equals = (left: Value, right: Value, budget: Budget): boolean => {
  budget.step();
  const [a, b] = [numberOf(left), numberOf(right)];
  if (a !== undefined && b !== undefined) return a === b;
  if (left instanceof Text && right instanceof Text) {
    budget.characters(Math.min(left.value.length, right.value.length));
    return left.value === right.value;
  }
  if (left instanceof Undefined && right instanceof Undefined) return true;
  if (isList(left) && isList(right)) {
    if (left.length !== right.length || left instanceof Tuple !== right instanceof Tuple) return false;
    return budget.nested(() => left.every((item, i) => equals(item, right[i] as Value, budget)));
  }
  if (left instanceof Map && right instanceof Map) {
    if (left.size !== right.size) return false;
    return budget.nested(() =>
      [...left].every(([key, { value }]) => {
        const other = right.get(key);
        return other !== undefined && equals(value, other.value, budget);
      }),
    );
  }
  return left === right;
};

/** Negative, zero or positive. @throws Error for values that have no order. */
export const compare = (left: Value, right: Value, budget: Budget): number => {
  budget.step();
  const [a, b] = [numberOf(left), numberOf(right)];
  if (a !== undefined && b !== undefined) return a - b;
  if (left instanceof Text && right instanceof Text) {
    budget.characters(Math.min(left.value.length, right.value.length));
    return compareCodePoints(left.value, right.value);
  }
  if (isList(left) && isList(right)) {
    for (let i = 0; i < Math.min(left.length, right.length); i++) {
      const [x, y] = [left[i] as Value, right[i] as Value];
      if (!equals(x, y, budget)) return budget.nested(() => compare(x, y, budget));
    }
    return left.length - right.length;
  }
  throw new Error(`${typeName(left)} and ${typeName(right)} can't be compared`);
};

/** As Python orders strings. JavaScript's own order puts characters beyond U+FFFF before U+E000. */
const compareCodePoints = (left: string, right: string): number => {
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    if (left[i] !== right[i]) return (left.codePointAt(i) as number) - (right.codePointAt(i) as number);
  }
  return left.length - right.length;
};

export const dictionaryOf = (entries: Iterable<readonly [Value, Value]>): Dictionary => {
  const result: Dictionary = new Map();
  for (const [key, value] of entries) {
    const found = result.get(keyOf(key));
    result.set(keyOf(key), { key: found?.key ?? key, value });
  }
  return result;
};

/** What a loop or filter goes through. */
export const itemsOf = (value: Value, budget: Budget): readonly Value[] => {
  if (value instanceof Undefined) return [];
  if (isList(value)) {
    budget.step(value.length);
    return value;
  }
  if (value instanceof Map) {
    budget.step(value.size);
    return [...value.values()].map(({ key }) => key);
  }
  if (value instanceof Text) return charactersOf(value, budget);
  throw new Error(`${typeName(value)} can't be looped over`);
};

/** The characters, each a text of its own. */
export const charactersOf = (text: Text, budget: Budget): Text[] => {
  budget.step(text.value.length);
  return text.spans.flatMap((span) => Array.from(span.text, (character) => Text.of(character, span.source)));
};
