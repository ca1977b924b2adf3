import type { Budget } from "../budget.ts";
import { Text } from "../values/text.ts";
import {
  type Callable,
  charactersOf,
  equals,
  isList,
  keyOf,
  Namespace,
  numberOf,
  Tuple,
  typeName,
  Undefined,
  type Value,
} from "../values/values.ts";
import { stringMethod } from "./string-methods.ts";

const dictionaryMethod = (value: Map<string, { key: Value; value: Value }>, name: string, budget: Budget) => {
  const all = () => {
    budget.step(value.size);
    return [...value.values()];
  };
  const methods: Readonly<Record<string, Callable>> = {
    keys: () => all().map(({ key }) => key),
    values: () => all().map((entry) => entry.value),
    items: () => all().map((entry) => Tuple.of<Value>(entry.key, entry.value) as Tuple),
    get: ({ positional: [key = null, otherwise = null] }) => value.get(keyOf(key))?.value ?? otherwise,
    copy: () => new Map(value),
  };
  return Object.hasOwn(methods, name) ? methods[name] : undefined;
};

const listMethod = (value: readonly Value[], name: string, budget: Budget): Callable | undefined => {
  if (name === "count") {
    return ({ positional: [item = null] }) => value.filter((other) => equals(other, item, budget)).length;
  }
  if (name !== "index") return undefined;
  return ({ positional: [item = null] }) => {
    const at = value.findIndex((other) => equals(other, item, budget));
    if (at < 0) throw new Error("index found no such item");
    return at;
  };
};

const attribute = (value: Value, name: string, budget: Budget): Value | undefined => {
  if (value instanceof Text) return stringMethod(value, name, budget);
  if (value instanceof Namespace) return value.attributes.get(name);
  if (value instanceof Map) return dictionaryMethod(value, name, budget);
  return isList(value) ? listMethod(value, name, budget) : undefined;
};

/** UTF-16 offsets of a text's characters and its end; undefined where they are 0, 1, 2, ... */
const offsetsOf = ({ value }: Text, budget: Budget): number[] | undefined => {
  budget.characters(value.length);
  if (!/[\uD800-\uDFFF]/.test(value)) return undefined;
  let at = 0;
  const offsets = Array.from(value, (character) => {
    at += character.length;
    return at - character.length;
  });
  return [...offsets, at];
};

const characterAt = (text: Text, index: number, budget: Budget): Text | undefined => {
  const offsets = offsetsOf(text, budget);
  const length = offsets === undefined ? text.value.length : offsets.length - 1;
  const at = index < 0 ? index + length : index;
  if (at < 0 || at >= length) return undefined;
  return text.slice(offsets?.[at] ?? at, offsets?.[at + 1] ?? at + 1);
};

const item = (value: Value, key: Value, budget: Budget): Value | undefined => {
  if (value instanceof Map) {
    return isList(key) || key instanceof Map ? undefined : value.get(keyOf(key))?.value;
  }
  const index = typeof key === "number" || typeof key === "boolean" ? numberOf(key) : undefined;
  if (index === undefined) return undefined;
  if (value instanceof Text) return characterAt(value, index, budget);
  return isList(value) ? value.at(index) : undefined;
};

const refuseUndefined = (value: Value): void => {
  if (value instanceof Undefined) throw new Error(`${value.name} is undefined`);
};

/** `value.name`: attributes first, then keys. */
export const memberNamed = (value: Value, name: string, budget: Budget): Value => {
  refuseUndefined(value);
  const found =
    attribute(value, name, budget) ?? (value instanceof Map ? item(value, Text.of(name), budget) : undefined);
  return found ?? new Undefined(name);
};

/** `value[key]`: keys and positions first, then attributes. */
export const itemAt = (value: Value, key: Value, budget: Budget): Value => {
  refuseUndefined(value);
  const found =
    item(value, key, budget) ?? (key instanceof Text ? attribute(value, key.value, budget) : undefined);
  return found ?? new Undefined(key instanceof Text ? key.value : `an item of ${typeName(value)}`);
};

const boundOf = (value: Value | undefined, name: string): number | undefined => {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "number") throw new Error(`the ${name} of a slice is ${typeName(value)}`);
  return value;
};

interface Range {
  readonly from: number;
  readonly step: number;
  readonly count: number;
}

/** The positions that Python's `[start:stop:step]` takes of a sequence. */
const rangeOf = (length: number, bounds: readonly (Value | undefined)[]): Range => {
  const [start, stop, given] = ["start", "stop", "step"].map((name, i) => boundOf(bounds[i], name));
  const step = given ?? 1;
  if (step === 0) throw new Error("a slice has the step 0");
  const [least, most] = step > 0 ? [0, length] : [-1, length - 1];
  const clip = (bound: number) => Math.min(most, Math.max(least, bound < 0 ? bound + length : bound));
  const from = start === undefined ? (step > 0 ? least : most) : clip(start);
  const to = stop === undefined ? (step > 0 ? most : least) : clip(stop);
  return { from, step, count: Math.max(0, Math.ceil((to - from) / step)) };
};

export const sliceOf = (value: Value, bounds: readonly (Value | undefined)[], budget: Budget): Value => {
  if (isList(value)) {
    const { from, step, count } = rangeOf(value.length, bounds);
    budget.step(count);
    return Array.from({ length: count }, (_, i) => value[from + i * step] as Value);
  }
  if (!(value instanceof Text)) throw new Error(`${typeName(value)} can't be sliced`);
  const offsets = offsetsOf(value, budget);
  const { from, step, count } = rangeOf(
    offsets === undefined ? value.value.length : offsets.length - 1,
    bounds,
  );
  if (step === 1) return value.slice(offsets?.[from] ?? from, offsets?.[from + count] ?? from + count);
  const characters = charactersOf(value, budget);
  return Text.join(Array.from({ length: count }, (_, i) => characters[from + i * step] as Text));
};
