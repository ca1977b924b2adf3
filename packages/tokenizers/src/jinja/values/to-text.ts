import type { Budget } from "../budget.ts";
import { floatText, reprCharacter } from "./python-text.ts";
import { Text } from "./text.ts";
import { Float, isList, Tuple, Undefined, type Value } from "./values.ts";

const plain = (value: string) => Text.of(value);

/** Puts texts one after the other with others between. */
export const separated = (parts: readonly Text[], separator: Text): Text =>
  Text.join(parts.flatMap((part, index) => (index === 0 ? [part] : [separator, part])));

const repr = (value: Value, budget: Budget): Text => {
  if (!(value instanceof Text)) return toText(value, budget);
  const quote = value.value.includes("'") && !value.value.includes('"') ? '"' : "'";
  budget.characters(value.value.length);
  const inner = value.map((text) =>
    Array.from(text, (character) => reprCharacter(character, quote)).join(""),
  );
  return Text.join([plain(quote), inner, plain(quote)]);
};

const listText = (value: readonly Value[], budget: Budget): Text => {
  const [open, close] = value instanceof Tuple ? ["(", value.length === 1 ? ",)" : ")"] : ["[", "]"];
  budget.step(value.length);
  const items = Array.from(value, (item) => repr(item, budget));
  return Text.join([plain(open), separated(items, plain(", ")), plain(close)]);
};

/** What Python's `str` gives. */
export const toText = (value: Value, budget: Budget): Text => {
  if (value instanceof Text) return value;
  if (value === null) return plain("None");
  if (value === true) return plain("True");
  if (value === false) return plain("False");
  if (value instanceof Undefined) return plain("");
  if (typeof value === "number") return plain(String(value));
  if (value instanceof Float) return plain(floatText(value.value));
  if (isList(value)) return budget.nested(() => listText(value, budget));
  if (value instanceof Map) {
    budget.step(value.size);
    const entries = [...value.values()].map(({ key, value: item }) =>
      budget.nested(() => Text.join([repr(key, budget), plain(": "), repr(item, budget)])),
    );
    return Text.join([plain("{"), separated(entries, plain(", ")), plain("}")]);
  }
  throw new Error("a function or namespace can't be written");
};
