import type { Budget } from "../budget.ts";
import { isSpace, lineEnd } from "../values/python-text.ts";
import { Text } from "../values/text.ts";
import { separated, toText } from "../values/to-text.ts";
import { type Callable, isList, itemsOf, Tuple, typeName, type Value } from "../values/values.ts";
import { type ArgumentReader, readArguments } from "./arguments.ts";

/** Cuts characters off the ends: those in a set, or white space. */
export const strip = (text: Text, set: Text | undefined, { left = true, right = true } = {}): Text => {
  const { value } = text;
  const isCut = set === undefined ? isSpace : (character: string) => set.value.includes(character);
  let start = 0;
  let end = value.length;
  while (left && start < end) {
    const character = String.fromCodePoint(value.codePointAt(start) as number);
    if (!isCut(character)) break;
    start += character.length;
  }
  while (right && end > start) {
    const character = /[\s\S][\uDC00-\uDFFF]$/.test(value.slice(end - 2, end))
      ? value.slice(end - 2, end)
      : (value[end - 1] as string);
    if (!isCut(character)) break;
    end -= character.length;
  }
  return text.slice(start, end);
};

/** Where a text that isn't empty occurs, without overlaps, at most `count` times. */
const occurrences = (value: string, part: string, count: number): number[] => {
  const found: number[] = [];
  for (
    let at = value.indexOf(part);
    at >= 0 && found.length < count;
    at = value.indexOf(part, at + part.length)
  ) {
    found.push(at);
  }
  return found;
};

const cutAt = (text: Text, cuts: readonly number[], width: number): Text[] => {
  const ends = [...cuts, text.value.length];
  return ends.map((end, i) => text.slice(i === 0 ? 0 : (cuts[i - 1] as number) + width, end));
};

const limitOf = (count: number): number => (count < 0 ? Number.POSITIVE_INFINITY : count);

const characterStarts = (value: string): number[] => {
  let at = 0;
  return Array.from(value, (character) => {
    at += character.length;
    return at - character.length;
  });
};

/** `str.replace`. */
export const replace = (text: Text, from: Text, to: Text, count: number, budget: Budget): Text => {
  const { value } = text;
  const cuts =
    from.value === ""
      ? [...characterStarts(value), value.length].slice(0, limitOf(count))
      : occurrences(value, from.value, limitOf(count));
  budget.step(cuts.length);
  budget.characters(value.length + cuts.length * to.value.length);
  if (from.value !== "") return separated(cutAt(text, cuts, from.value.length), to);
  const parts = cutAt(text, cuts, 0);
  return Text.join(parts.flatMap((part, i) => (i < cuts.length ? [part, to] : [part])));
};

const splitAtSpace = (text: Text, count: number): Text[] => {
  const parts: Text[] = [];
  const { value } = text;
  let at = 0;
  const skip = (isSkipped: (character: string) => boolean) => {
    while (at < value.length && isSkipped(value[at] as string)) at++;
  };
  for (;;) {
    skip(isSpace);
    if (at >= value.length) return parts;
    if (parts.length >= count) return [...parts, text.slice(at)];
    const start = at;
    skip((character) => !isSpace(character));
    parts.push(text.slice(start, at));
  }
};

const splitFromRight = (text: Text, separator: string, count: number): Text[] => {
  const cuts: number[] = [];
  const width = separator.length;
  for (let end = text.value.length; cuts.length < count; ) {
    const at = end - width < 0 ? -1 : text.value.lastIndexOf(separator, end - width);
    if (at < 0) break;
    cuts.unshift(at);
    end = at;
  }
  return cutAt(text, cuts, width);
};

const split = (text: Text, args: ArgumentReader, fromRight: boolean): Text[] => {
  const separator = args.optionalText(0, "sep");
  const count = limitOf(args.integer(1, "maxsplit", -1));
  if (separator?.value === "") throw new Error("split got an empty separator");
  if (fromRight && Number.isFinite(count)) {
    if (separator === undefined) throw new Error("rsplit with a limit needs a separator");
    return splitFromRight(text, separator.value, count);
  }
  if (separator === undefined) return splitAtSpace(text, count);
  return cutAt(text, occurrences(text.value, separator.value, count), separator.value.length);
};

const splitLines = (text: Text, keepEnds: boolean): Text[] => {
  const lines: Text[] = [];
  let start = 0;
  for (const { 0: end, index } of text.value.matchAll(lineEnd)) {
    lines.push(text.slice(start, keepEnds ? index + end.length : index));
    start = index + end.length;
  }
  return start < text.value.length ? [...lines, text.slice(start)] : lines;
};

const partition = (text: Text, separator: Text, fromRight: boolean): Tuple => {
  const at = fromRight ? text.value.lastIndexOf(separator.value) : text.value.indexOf(separator.value);
  const none = Text.of("");
  if (separator.value === "") throw new Error("partition got an empty separator");
  if (at < 0) return Tuple.of<Value>(...(fromRight ? [none, none, text] : [text, none, none])) as Tuple;
  const end = at + separator.value.length;
  return Tuple.of<Value>(text.slice(0, at), text.slice(at, end), text.slice(end)) as Tuple;
};

const digraphs = new Map([
  ["Ǆ", "ǅ"],
  ["Ǉ", "ǈ"],
  ["Ǌ", "ǋ"],
  ["Ǳ", "ǲ"],
]);

/** A character as it begins a word: of "ß" and the like only the first letter is in upper case. */
const titleCharacter = (character: string): string => {
  const upper = character.toUpperCase();
  return digraphs.get(upper) ?? upper.slice(0, 1) + upper.slice(1).toLowerCase();
};

const isAstral = (character: string) => character.length > 1;

/** `str.capitalize`: the first character as at the beginning of a word, the others in lower case. */
export const capitalize = (
  text: Text,
  change = (character: string) => (isAstral(character) ? character.toUpperCase() : titleCharacter(character)),
): Text => {
  const first = String.fromCodePoint(text.value.codePointAt(0) ?? 32).length;
  return Text.join([text.slice(0, first).map(change), text.slice(first).map((part) => part.toLowerCase())]);
};

const titleCase = (text: Text): Text => {
  let follows = false;
  return text.map((part) =>
    Array.from(part, (character) => {
      const isCased = character.toLowerCase() !== character.toUpperCase();
      const changed = follows
        ? character.toLowerCase()
        : isAstral(character)
          ? character.toUpperCase()
          : titleCharacter(character);
      follows = isCased;
      return changed;
    }).join(""),
  );
};

const affixes = (where: string, value: Value | undefined): string[] => {
  const all = value !== undefined && isList(value) ? [...value] : [value];
  return all.map((item) => {
    if (item instanceof Text) return item.value;
    throw new Error(`${where} got ${item === undefined ? "nothing" : typeName(item)}, expected a string`);
  });
};

const every = (pattern: RegExp) => (text: Text) => text.value !== "" && pattern.test(text.value);

const isLower = (value: string) => value === value.toLowerCase() && value !== value.toUpperCase();
const isUpper = (value: string) => value === value.toUpperCase() && value !== value.toLowerCase();

/** Position in code points, as Python counts. */
const position = (value: string, at: number): number => (at < 0 ? -1 : Array.from(value.slice(0, at)).length);

type Method = (text: Text, args: ArgumentReader, budget: Budget) => Value;

const methods: Readonly<Record<string, Method>> = {
  upper: (text) => text.map((part) => part.toUpperCase()),
  lower: (text) => text.map((part) => part.toLowerCase()),
  title: titleCase,
  capitalize: (text) => capitalize(text),
  strip: (text, args) => strip(text, args.optionalText(0, "chars")),
  lstrip: (text, args) => strip(text, args.optionalText(0, "chars"), { right: false }),
  rstrip: (text, args) => strip(text, args.optionalText(0, "chars"), { left: false }),
  startswith: (text, args) =>
    affixes("startswith", args.value(0, "prefix")).some((prefix) => text.value.startsWith(prefix)),
  endswith: (text, args) =>
    affixes("endswith", args.value(0, "suffix")).some((suffix) => text.value.endsWith(suffix)),
  removeprefix: (text, args) => {
    const prefix = args.text(0, "prefix").value;
    return text.value.startsWith(prefix) ? text.slice(prefix.length) : text;
  },
  removesuffix: (text, args) => {
    const suffix = args.text(0, "suffix").value;
    return text.value.endsWith(suffix) ? text.slice(0, text.value.length - suffix.length) : text;
  },
  replace: (text, args, budget) =>
    replace(text, args.text(0, "old"), args.text(1, "new"), args.integer(2, "count", -1), budget),
  split: (text, args) => split(text, args, false),
  rsplit: (text, args) => split(text, args, true),
  splitlines: (text, args) => splitLines(text, args.flag(0, "keepends", false)),
  partition: (text, args) => partition(text, args.text(0, "sep"), false),
  rpartition: (text, args) => partition(text, args.text(0, "sep"), true),
  join: (text, args, budget) => {
    const parts = itemsOf(args.value(0, "iterable") ?? null, budget).map((item) => {
      if (item instanceof Text) return item;
      throw new Error(`join got ${typeName(item)}, expected strings`);
    });
    budget.characters(parts.length * text.value.length);
    return separated(parts, text);
  },
  find: (text, args) => position(text.value, text.value.indexOf(args.text(0, "sub").value)),
  rfind: (text, args) => position(text.value, text.value.lastIndexOf(args.text(0, "sub").value)),
  index: (text, args) => {
    const at = position(text.value, text.value.indexOf(args.text(0, "sub").value));
    if (at < 0) throw new Error("index found no such substring");
    return at;
  },
  count: (text, args) => {
    const part = args.text(0, "sub").value;
    if (part === "") return Array.from(text.value).length + 1;
    return occurrences(text.value, part, Number.POSITIVE_INFINITY).length;
  },
  isspace: (text) => text.value !== "" && Array.from(text.value).every(isSpace),
  isdigit: every(/^[\p{Nd}\u00b2\u00b3\u00b9\u2070-\u2079\u2080-\u2089]+$/u),
  isdecimal: every(/^\p{Nd}+$/u),
  isnumeric: every(/^\p{N}+$/u),
  isalpha: every(/^\p{L}+$/u),
  isalnum: every(/^[\p{L}\p{N}]+$/u),
  islower: ({ value }) => isLower(value),
  isupper: ({ value }) => isUpper(value),
};

/** A method of Python's `str`, bound to a text; undefined where there is none. */
export const stringMethod = (text: Text, name: string, budget: Budget): Callable | undefined => {
  const method = Object.hasOwn(methods, name) ? methods[name] : undefined;
  if (method === undefined) return undefined;
  return (args) => {
    const texts = [...args.positional, ...args.named.values()].filter((value) => value instanceof Text);
    budget.search(text.value.length, Math.max(0, ...texts.map(({ value }) => value.length)));
    const result = method(text, readArguments(name, args), budget);
    if (isList(result)) budget.step(result.length);
    return result;
  };
};

/** What filters that take any value make of one. */
export const textOf = (value: Value, budget: Budget): Text => {
  const text = toText(value, budget);
  budget.characters(text.value.length);
  return text;
};

export { isLower, isUpper, splitLines };
