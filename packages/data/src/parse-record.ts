import { parseJson, quoteOutside } from "@accord-rl/core";

/** Values of one record. More would not fit into memory, small as they are in the text. */
const mostValues = 2 ** 22;

/** Calls `onToken` for each string, number, brace and separator outside of strings, as [start, end) of the text. */
const scan = (text: string, onToken: (code: number, start: number, end: number) => void): void => {
  for (let at = 0; at < text.length; ) {
    const start = at;
    const code = text.charCodeAt(at++);
    if (code === 34) {
      while (at < text.length && text.charCodeAt(at) !== 34) at += text.charCodeAt(at) === 92 ? 2 : 1;
      at += 1;
    } else if (isOfNumber(code)) while (isOfNumber(text.charCodeAt(at))) at += 1;
    onToken(code, start, at);
  }
};

/** Digits, signs, points and exponents. */
const isOfNumber = (code: number): boolean =>
  (code >= 48 && code <= 57) || code === 45 || code === 46 || code === 43 || code === 69 || code === 101;

const wholeNumber = /^-?[1-9]\d{15,399}$/;

/** The text with whole numbers that JavaScript can't hold as strings, and how many members its objects have. */
const prepare = (text: string, fail: (problem: string) => never): { text: string; members: number } => {
  const parts: string[] = [];
  let [copied, members, values] = [0, 0, 0];
  scan(text, (code, start, end) => {
    if (code === 58) members += 1;
    else if (code === 44 && ++values > mostValues) fail(`it holds more than ${mostValues} values`);
    if (end - start < 16 || code === 34) return;
    const token = text.slice(start, Math.min(end, start + 401));
    if (!wholeNumber.test(token) || Number.isSafeInteger(Number(token))) return;
    parts.push(text.slice(copied, start), '"', token, '"');
    copied = end;
  });
  return { text: parts.length === 0 ? text : parts.join("") + text.slice(copied), members };
};

const membersOf = (value: unknown): number => {
  if (typeof value !== "object" || value === null) return 0;
  if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + membersOf(item), 0);
  return Object.values(value).reduce<number>((sum, item) => sum + 1 + membersOf(item), 0);
};

/** The name of a member that an object of a valid JSON text has twice. */
const repeatedName = (text: string): string => {
  const open: Set<string>[] = [];
  let last = "";
  let found = "";
  scan(text, (code, start, end) => {
    if (code === 34) last = text.slice(start, end);
    else if (code === 123) open.push(new Set());
    else if (code === 125) open.pop();
    else if (code === 58) {
      const names = open.at(-1);
      if (names?.has(last)) found ||= last;
      names?.add(last);
    }
  });
  return found;
};

/** What often stands where JSON should, and what to do about it. */
const hintFor = (text: string): string => {
  const [start, end] = [text.trimStart().slice(0, 2), text.trimEnd().slice(-1)];
  if (start === "") return "; a comma stands in front of nothing";
  if (end === ",") return "; it ends with a comma, which belongs into an array only";
  if (/^[{[]'/.test(start)) return "; it looks like Python's own notation: write it with json.dumps";
  if (/[:,[\s](NaN|-?Infinity)\b/.test(text.slice(0, 10_000)))
    return "; NaN and Infinity are no JSON: write null";
  return "";
};

/**
 * Parses one record of a JSON file. Whole numbers beyond 2⁵³ come as text, as parquet's do: as numbers, two ids could
 * become one.
 *
 * @param fail  throws the caller's error, which names the place.
 */
export const parseRecord = (text: string, fail: (problem: string, cause?: unknown) => never): unknown => {
  const prepared = prepare(text, fail);
  const value = parseJson(prepared.text, (problem, cause) =>
    fail(
      `not JSON (${problem.replace(/^no valid JSON \((.*)\)$/s, "$1")}${cause ? hintFor(text) : ""})`,
      cause,
    ),
  );
  if (membersOf(value) < prepared.members) {
    fail(
      `it has ${quoteOutside(JSON.parse(repeatedName(text) || '""'))} twice in one object: which one counts?`,
    );
  }
  return value;
};
