import type { Budget } from "../budget.ts";
import { Text } from "../values/text.ts";
import { toJson } from "../values/to-json.ts";
import { separated } from "../values/to-text.ts";
import {
  type Arguments,
  charactersOf,
  compare,
  equals,
  Float,
  isList,
  isTrue,
  itemsOf,
  keyOf,
  numberOf,
  Tuple,
  typeName,
  Undefined,
  type Value,
} from "../values/values.ts";
import { type ArgumentReader, readArguments } from "./arguments.ts";
import { itemAt } from "./members.ts";
import { capitalize, replace, splitLines, strip, textOf } from "./string-methods.ts";
import { runTest } from "./tests.ts";

type Filter = (value: Value, args: ArgumentReader, budget: Budget, raw: Arguments) => Value;

/** Finds "a.b.0" in a value, as the `attribute` of filters. */
const attributeOf = (value: Value, path: Value, budget: Budget): Value => {
  const parts = path instanceof Text ? path.value.split(".") : [path];
  return parts.reduce<Value>((inner, part) => {
    const key = typeof part === "string" ? (/^\d+$/.test(part) ? Number(part) : Text.of(part)) : part;
    return itemAt(inner, key, budget);
  }, value);
};

const withoutCase = (value: Value): Value =>
  value instanceof Text ? value.map((text) => text.toLowerCase()) : value;

/** What `sort`, `unique`, `min` and `max` compare: an attribute or the value itself, by default without case. */
const comparedBy = (args: ArgumentReader, caseAt: number, attributeAt: number, budget: Budget) => {
  const path = args.value(attributeAt, "attribute");
  const keepsCase = args.flag(caseAt, "case_sensitive", false);
  return (value: Value): Value => {
    const found = path === undefined || path === null ? value : attributeOf(value, path, budget);
    return keepsCase ? found : withoutCase(found);
  };
};

const sorted = (
  items: readonly Value[],
  keyFor: (value: Value) => Value,
  reverse: boolean,
  budget: Budget,
) => {
  const keyed = Array.from(items, (item) => ({ item, key: keyFor(item) }));
  keyed.sort((a, b) => (reverse ? compare(b.key, a.key, budget) : compare(a.key, b.key, budget)));
  return keyed.map(({ item }) => item);
};

const extreme =
  (sign: number): Filter =>
  (value, args, budget) => {
    const keyFor = comparedBy(args, 0, 1, budget);
    const [first, ...others] = itemsOf(value, budget);
    if (first === undefined) return new Undefined("an extreme of nothing");
    return others.reduce(
      (best, item) => (sign * compare(keyFor(item), keyFor(best), budget) > 0 ? item : best),
      first,
    );
  };

const unique: Filter = (value, args, budget) => {
  const keyFor = comparedBy(args, 0, 1, budget);
  const seen = new Set<string>();
  return itemsOf(value, budget).filter((item) => {
    const key = keyOf(keyFor(item));
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
};

/** `select`, `reject`, `selectattr` and `rejectattr`. */
const selecting =
  ({ byAttribute, keeps }: { byAttribute: boolean; keeps: boolean }): Filter =>
  (value, _, budget, { positional }) => {
    const [path, test, other] = byAttribute ? positional : [null, ...positional];
    return itemsOf(value, budget).filter((item) => {
      const tested = byAttribute ? attributeOf(item, path ?? null, budget) : item;
      const isRight =
        test instanceof Text ? runTest(test.value, tested, other ?? null, budget) : isTrue(tested);
      return isRight === keeps;
    });
  };

const mapped: Filter = (value, args, budget, raw) => {
  const path = raw.named.get("attribute");
  const otherwise = raw.named.get("default");
  const items = itemsOf(value, budget);
  if (path !== undefined) {
    return Array.from(items, (item) => {
      const found = attributeOf(item, path, budget);
      return found instanceof Undefined && otherwise !== undefined ? otherwise : found;
    });
  }
  const name = args.text(0, "filter").value;
  const rest = { positional: raw.positional.slice(1), named: raw.named };
  return Array.from(items, (item) => applyFilter(name, item, rest, budget));
};

const length: Filter = (value, _, budget) => {
  if (value instanceof Text) return Array.from(value.value).length;
  if (value instanceof Map) return value.size;
  if (isList(value) || value instanceof Undefined) return itemsOf(value, budget).length;
  throw new Error(`${typeName(value)} has no length`);
};

const otherwise: Filter = (value, args) => {
  const isMissing = value instanceof Undefined || (args.flag(1, "boolean", false) && !isTrue(value));
  return isMissing ? (args.value(0, "default_value") ?? Text.of("")) : value;
};

const indent: Filter = (value, args, budget) => {
  const width = args.value(0, "width") ?? 4;
  const margin = width instanceof Text ? width : Text.of(" ".repeat(spaces(width)));
  const [first, blank] = [args.flag(1, "first", false), args.flag(2, "blank", false)];
  const lines = splitLines(Text.join([textOf(value, budget), Text.of("\n")]), false);
  budget.characters(lines.length * margin.value.length);
  const indented = lines.map((line, index) => {
    const isIndented = index === 0 ? first : blank || line.value !== "";
    return isIndented ? Text.join([margin, line]) : line;
  });
  return separated(indented, Text.of("\n"));
};

/** A number of spaces, within reason. */
const spaces = (value: Value): number => {
  const number = numberOf(value);
  if (number === undefined || !Number.isInteger(number) || number > 1024) {
    throw new Error("an indent is no whole number up to 1024");
  }
  return Math.max(0, number);
};

const json: Filter = (value, args, budget, { named }) => {
  const width = named.get("indent") ?? args.value(1, "indent") ?? null;
  const indentBy = width === null || width instanceof Text ? width : Text.of(" ".repeat(spaces(width)));
  const given = named.get("separators");
  const separators =
    given !== undefined && isList(given) ? given : [Text.of(indentBy === null ? ", " : ","), Text.of(": ")];
  const [between, after] = separators;
  if (!(between instanceof Text && after instanceof Text))
    throw new Error("separators are no pair of strings");
  const sortKeys = isTrue(named.get("sort_keys") ?? false);
  const ensureAscii = args.flag(0, "ensure_ascii", false);
  return toJson(value, { indent: indentBy, separators: [between, after], sortKeys, ensureAscii }, budget);
};

const toInteger: Filter = (value, args) => {
  const fallback = args.value(0, "default") ?? 0;
  const number = value instanceof Text ? parseNumber(value.value) : numberOf(value);
  return number === undefined || !Number.isFinite(number) ? fallback : Math.trunc(number);
};

const parseNumber = (text: string): number | undefined => {
  const trimmed = text.trim().replaceAll("_", "");
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(trimmed) ? Number(trimmed) : undefined;
};

const toFloat: Filter = (value, args) => {
  const number = value instanceof Text ? parseNumber(value.value) : numberOf(value);
  return number === undefined ? (args.value(0, "default") ?? new Float(0)) : new Float(number);
};

const numeric =
  (change: (value: number) => number): Filter =>
  (value) => {
    const number = numberOf(value);
    if (number === undefined) throw new Error(`${typeName(value)} is no number`);
    return value instanceof Float ? new Float(change(number)) : change(number);
  };

const sum: Filter = (value, args, budget) => {
  const path = args.value(0, "attribute");
  const items = itemsOf(value, budget).map((item) =>
    path === undefined || path === null ? item : attributeOf(item, path, budget),
  );
  const numbers = items.map(numberOf);
  const total = numbers.reduce<number>(
    (all, number) => {
      if (number === undefined) throw new Error("sum got something that is no number");
      return all + number;
    },
    numberOf(args.value(1, "start") ?? 0) ?? 0,
  );
  return items.some((item) => item instanceof Float) ? new Float(total) : total;
};

const entriesOf: Filter = (value, _, budget) => {
  if (value instanceof Undefined) return [];
  if (!(value instanceof Map)) throw new Error(`items got ${typeName(value)}, expected a dictionary`);
  budget.step(value.size);
  return [...value.values()].map(({ key, value: item }) => Tuple.of<Value>(key, item) as Tuple);
};

const joined: Filter = (value, args, budget) => {
  const separator = textOf(args.value(0, "d") ?? Text.of(""), budget);
  const path = args.value(1, "attribute");
  const items = itemsOf(value, budget).map((item) =>
    textOf(path === undefined || path === null ? item : attributeOf(item, path, budget), budget),
  );
  budget.characters(items.length * separator.value.length);
  return separated(items, separator);
};

const grouped: Filter = (value, args, budget) => {
  const path = args.value(0, "attribute") ?? null;
  const keyFor = (item: Value) => attributeOf(item, path, budget);
  const groups: Value[][] = [];
  let last: Value | undefined;
  for (const item of sorted(itemsOf(value, budget), (item) => withoutCase(keyFor(item)), false, budget)) {
    const key = withoutCase(keyFor(item));
    if (last === undefined || !equals(last, key, budget)) groups.push([]);
    groups.at(-1)?.push(item);
    last = key;
  }
  return groups.map((group) => Tuple.of<Value>(keyFor(group[0] as Value), group) as Tuple);
};

const round: Filter = (value, args) => {
  const scale = 10 ** args.integer(0, "precision", 0);
  const scaled = (numberOf(value) ?? Number.NaN) * scale;
  const method = args.optionalText(1, "method")?.value ?? "common";
  const floor = Math.floor(scaled);
  const isTie = scaled - floor === 0.5;
  const common = isTie ? floor + Math.abs(floor % 2) : Math.round(scaled);
  return new Float((method === "ceil" ? Math.ceil(scaled) : method === "floor" ? floor : common) / scale);
};

const titled = (value: Value, budget: Budget): Text => {
  const word = (part: Text) => capitalize(part, (character) => character.toUpperCase());
  const text = textOf(value, budget);
  const parts: Text[] = [];
  let start = 0;
  for (const { 0: between, index } of text.value.matchAll(/[-\s({[<]+/g)) {
    parts.push(word(text.slice(start, index)), text.slice(index, index + between.length));
    start = index + between.length;
  }
  return Text.join([...parts, word(text.slice(start))]);
};

const html = new Map([
  ["&", "&amp;"],
  ["<", "&lt;"],
  [">", "&gt;"],
  ["'", "&#39;"],
  ['"', "&#34;"],
]);
const escaped: Filter = (value, _, budget) =>
  textOf(value, budget).map((text) => text.replace(/[&<>'"]/g, (character) => html.get(character) as string));

const filters: Readonly<Record<string, Filter>> = {
  abs: numeric(Math.abs),
  attr: (value, args, budget) => attributeOf(value, args.text(0, "name"), budget),
  capitalize: (value, _, budget) => capitalize(textOf(value, budget)),
  count: length,
  d: otherwise,
  default: otherwise,
  dictsort: (value, args, budget) => {
    const by = args.optionalText(1, "by")?.value === "value" ? 1 : 0;
    const keepsCase = args.flag(0, "case_sensitive", false);
    const entries = entriesOf(value, args, budget, { positional: [], named: new Map() }) as Tuple[];
    const keyFor = (entry: Value) => {
      const key = (entry as Tuple)[by] as Value;
      return keepsCase ? key : withoutCase(key);
    };
    return sorted(entries, keyFor, args.flag(2, "reverse", false), budget);
  },
  e: escaped,
  escape: escaped,
  first: (value, _, budget) => itemsOf(value, budget)[0] ?? new Undefined("the first of nothing"),
  float: toFloat,
  groupby: grouped,
  indent,
  int: toInteger,
  items: entriesOf,
  join: joined,
  last: (value, _, budget) => itemsOf(value, budget).at(-1) ?? new Undefined("the last of nothing"),
  length,
  list: (value, _, budget) => [...itemsOf(value, budget)],
  lower: (value, _, budget) => textOf(value, budget).map((text) => text.toLowerCase()),
  map: mapped,
  max: extreme(1),
  min: extreme(-1),
  reject: selecting({ byAttribute: false, keeps: false }),
  rejectattr: selecting({ byAttribute: true, keeps: false }),
  replace: (value, args, budget) => {
    const [from, to] = [
      textOf(args.value(0, "old") ?? null, budget),
      textOf(args.value(1, "new") ?? null, budget),
    ];
    const text = textOf(value, budget);
    budget.search(text.value.length, from.value.length);
    return replace(text, from, to, args.integer(2, "count", -1), budget);
  },
  reverse: (value, _, budget) =>
    value instanceof Text
      ? Text.join(charactersOf(value, budget).reverse())
      : [...itemsOf(value, budget)].reverse(),
  round,
  safe: (value) => value,
  select: selecting({ byAttribute: false, keeps: true }),
  selectattr: selecting({ byAttribute: true, keeps: true }),
  sort: (value, args, budget) =>
    sorted(itemsOf(value, budget), comparedBy(args, 1, 2, budget), args.flag(0, "reverse", false), budget),
  string: (value, _, budget) => textOf(value, budget),
  sum,
  title: (value, _, budget) => titled(value, budget),
  tojson: json,
  trim: (value, args, budget) => {
    const chars = args.optionalText(0, "chars");
    const text = textOf(value, budget);
    budget.search(text.value.length, chars?.value.length ?? 0);
    return strip(text, chars);
  },
  unique,
  upper: (value, _, budget) => textOf(value, budget).map((text) => text.toUpperCase()),
  wordcount: (value, _, budget) => textOf(value, budget).value.match(/[\p{L}\p{M}\p{N}_]+/gu)?.length ?? 0,
};

/** @throws Error when there is no such filter, or it can't be applied. */
export const applyFilter = (name: string, value: Value, args: Arguments, budget: Budget): Value => {
  const filter = Object.hasOwn(filters, name) ? filters[name] : undefined;
  if (filter === undefined) throw new Error(`there is no filter "${name.slice(0, 60)}"`);
  budget.step();
  return budget.nested(() => filter(value, readArguments(name, args), budget, args));
};
