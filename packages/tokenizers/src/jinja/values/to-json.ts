import type { Budget } from "../budget.ts";
import { floatText } from "./python-text.ts";
import { Text } from "./text.ts";
import { compare, Float, isList, typeName, Undefined, type Value } from "./values.ts";

export interface JsonFormat {
  readonly indent: Text | null;
  readonly separators: readonly [Text, Text];
  readonly sortKeys: boolean;
  readonly ensureAscii: boolean;
}

const plain = (value: string) => Text.of(value);

const floatJson = (value: number): string => {
  if (Number.isNaN(value)) return "NaN";
  return Number.isFinite(value) ? floatText(value) : value > 0 ? "Infinity" : "-Infinity";
};

const stringJson = (value: Text, { ensureAscii }: JsonFormat): Text => {
  const escaped = value.map((text) => {
    const json = JSON.stringify(text).slice(1, -1);
    if (!ensureAscii) return json;
    return json.replace(/[\x7f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
  });
  return Text.join([plain('"'), escaped, plain('"')]);
};

/** Python's `json.dumps`. @throws Error for values that JSON doesn't know. */
export const toJson = (value: Value, format: JsonFormat, budget: Budget, level = 0): Text => {
  budget.step();
  const wrap = (open: string, items: readonly Text[], close: string): Text => {
    if (items.length === 0) return plain(open + close);
    const lineOf = (depth: number) =>
      format.indent === null ? [] : [plain("\n"), ...Array<Text>(depth).fill(format.indent)];
    const inner = items.flatMap((item, index) =>
      index === 0 ? [...lineOf(level + 1), item] : [format.separators[0], ...lineOf(level + 1), item],
    );
    const result = Text.join([plain(open), ...inner, ...lineOf(level), plain(close)]);
    budget.characters(result.value.length);
    return result;
  };
  if (value instanceof Text) {
    budget.characters(value.value.length);
    return stringJson(value, format);
  }
  if (value === null) return plain("null");
  if (typeof value === "boolean" || typeof value === "number") return plain(String(value));
  if (value instanceof Float) return plain(floatJson(value.value));
  if (isList(value)) {
    return budget.nested(() =>
      wrap(
        "[",
        Array.from(value, (item) => toJson(item, format, budget, level + 1)),
        "]",
      ),
    );
  }
  if (value instanceof Map) {
    const entries = [...value.values()];
    if (format.sortKeys) entries.sort((a, b) => compare(a.key, b.key, budget));
    return budget.nested(() =>
      wrap(
        "{",
        entries.map(({ key, value: item }) => {
          const name = key instanceof Text ? key : toJson(key, format, budget);
          const inner = toJson(item, format, budget, level + 1);
          return Text.join([stringJson(name, format), format.separators[1], inner]);
        }),
        "}",
      ),
    );
  }
  const what = value instanceof Undefined ? `${value.name}, which is undefined,` : typeName(value);
  throw new Error(`${what} can't be written as JSON`);
};
