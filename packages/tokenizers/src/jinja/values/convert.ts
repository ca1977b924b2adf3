import { Text } from "./text.ts";
import { dictionaryOf, Float, Undefined, type Value } from "./values.ts";

/** Deepest nesting of variables. */
const deepest = 64;

/** JavaScript values as a template sees them. @throws Error for functions and what nests too deeply. */
export const toValue = (input: unknown, depth = 0): Value => {
  if (depth > deepest) throw new Error(`a variable nests more than ${deepest} levels`);
  if (input === null) return null;
  if (input === undefined) return new Undefined("undefined");
  if (typeof input === "string") return Text.of(input);
  if (typeof input === "boolean") return input;
  if (typeof input === "number") return Number.isSafeInteger(input) ? input : new Float(input);
  if (Array.isArray(input)) return input.map((item) => toValue(item, depth + 1));
  if (typeof input === "object") {
    return dictionaryOf(
      Object.entries(input).map(([key, item]) => [Text.of(key), toValue(item, depth + 1)] as const),
    );
  }
  throw new Error(`a variable is a ${typeof input}, expected JSON`);
};

/** How many values there are in one, and how many characters. */
export const sizeOf = (value: Value): { values: number; characters: number } => {
  if (value instanceof Text) return { values: 1, characters: value.value.length };
  const inner: Value[] = Array.isArray(value)
    ? [...value]
    : value instanceof Map
      ? [...value.values()].flatMap((entry) => [entry.key, entry.value])
      : [];
  return inner.map(sizeOf).reduce(
    (sum, size) => ({
      values: sum.values + size.values,
      characters: sum.characters + size.characters,
    }),
    { values: 1, characters: 0 },
  );
};
