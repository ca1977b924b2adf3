import { DataError } from "@accord-rl/core";
import { parseRecord } from "./parse-record.ts";
import type { Row } from "./row.ts";
import { checkRecordLength, peek, streamLines, streamText } from "./stream-text.ts";

const [quote, backslash, comma, open, close] = ['"', "\\", ",", "[", "]"].map((c) => c.charCodeAt(0));
const [openBrace, closeBrace] = ["{", "}"].map((c) => c.charCodeAt(0));

/** Finds where the items of an array end, without looking into them: brackets are counted, strings passed over. */
const createCutter = () => {
  let depth = 0;
  let isString = false;
  let isEscaped = false;
  /** Whether an item ends before this character; the array itself ends where the depth falls to −1. */
  return (code: number): "item" | "array" | undefined => {
    if (isEscaped) isEscaped = false;
    else if (isString) {
      if (code === backslash) isEscaped = true;
      else if (code === quote) isString = false;
    } else if (code === quote) isString = true;
    else if (code === open || code === openBrace) depth += 1;
    else if (code === close || code === closeBrace) {
      depth -= 1;
      if (depth < 0) return "array";
    } else if (code === comma && depth === 0) return "item";
    return undefined;
  };
};

/** The records of a file of JSON lines. */
export async function* streamJsonLines(
  path: string,
  pieces?: AsyncIterable<string>,
): AsyncGenerator<Row, void, undefined> {
  for await (const { text, line } of streamLines(path, pieces)) {
    const isOpen = /^\s*[[{]\s*$/.test(text);
    const hint = isOpen ? "; a file of JSON has one record per line, or is one array and named .json" : "";
    const value = parseRecord(text, (problem, cause) => {
      throw new DataError({ path, line, message: `${problem}${hint}`, cause });
    });
    yield { value, line };
  }
}

/**
 * The records of a .json file: the items of one array, or one record per line.
 * @throws DataError that names the item or line.
 */
export async function* streamJson(path: string): AsyncGenerator<Row, void, undefined> {
  const { first, pieces } = await peek(streamText(path));
  yield* first === "[" ? streamItems(path, pieces) : streamJsonLines(path, pieces);
}

/** The items of one JSON array, one at a time: only the item at hand is in memory. */
async function* streamItems(
  path: string,
  pieces: AsyncIterable<string>,
): AsyncGenerator<Row, void, undefined> {
  const fail = (message: string, cause?: unknown): never => {
    throw new DataError({ path, message, cause });
  };
  const endsAt = createCutter();
  let state: "before" | "inside" | "after" = "before";
  let parts: string[] = [];
  let items = 0;
  let length = 0;
  const parse = (): Row => {
    const text = parts.join("");
    [parts, length] = [[], 0];
    items += 1;
    const value = parseRecord(text, (problem, cause) => fail(`item ${items}: ${problem}`, cause));
    return { value, place: `item ${items}` };
  };
  for await (const piece of pieces) {
    let from = 0;
    if (state === "before") {
      const begin = piece.search(/\S/);
      if (begin < 0) continue;
      [state, from] = ["inside", begin + 1];
    }
    for (let at = from; state === "inside" && at < piece.length; at++) {
      const end = endsAt(piece.charCodeAt(at));
      if (end === undefined) continue;
      parts.push(piece.slice(from, at));
      from = at + 1;
      if (end === "array") state = "after";
      const isEmptyArray = end === "array" && items === 0 && parts.every((part) => part.trim() === "");
      if (!isEmptyArray) yield parse();
    }
    if (state === "after") {
      if (piece.slice(from).trim() !== "") fail("not JSON (something stands behind the array)");
      continue;
    }
    parts.push(piece.slice(from));
    length += piece.length - from;
    checkRecordLength(length, path);
  }
  if (state === "inside") fail("not JSON (the array does not end)");
}
