import { createReadStream } from "node:fs";
import { DataError } from "@accord-rl/core";

export const reasonOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));

/** More characters than this in one record would not fit into a string for long: the file is no list of records. */
const longestRecord = 2 ** 28;

export const checkRecordLength = (length: number, path: string, line?: number): void => {
  if (length <= longestRecord) return;
  const message = `a record has more than ${longestRecord} characters; is the file cut into records at all?`;
  throw new DataError({ path, ...(line === undefined ? {} : { line }), message });
};

/**
 * A file's text in pieces, as UTF-8, without a byte order mark.
 * @throws DataError when it can't be read or is not UTF-8.
 */
export async function* streamText(path: string): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  try {
    for await (const bytes of createReadStream(path, { highWaterMark: 2 ** 16 })) {
      yield decoder.decode(bytes as Uint8Array, { stream: true });
    }
    yield decoder.decode();
  } catch (cause) {
    const isText = !(cause instanceof TypeError);
    const message = isText ? `can't be read (${reasonOf(cause)})` : "is not UTF-8 text; convert it first";
    throw new DataError({ path, message, cause });
  }
}

/** A line of a file; `line` counts from 1. */
export interface Line {
  readonly text: string;
  readonly line: number;
}

/**
 * The lines of a file that are not blank, one at a time. Only "\n" and "\r\n" end a line: the other line separators of
 * Unicode may stand inside JSON strings.
 */
export async function* streamLines(path: string): AsyncGenerator<Line, void, undefined> {
  let line = 0;
  let parts: string[] = [];
  const finish = (): Line | undefined => {
    const text = parts.join("").replace(/\r$/, "");
    parts = [];
    line += 1;
    return text.trim() === "" ? undefined : { text, line };
  };
  let length = 0;
  for await (const piece of streamText(path)) {
    let from = 0;
    for (let end = piece.indexOf("\n"); end >= 0; end = piece.indexOf("\n", from)) {
      parts.push(piece.slice(from, end));
      from = end + 1;
      length = 0;
      const finished = finish();
      if (finished) yield finished;
    }
    parts.push(piece.slice(from));
    length += piece.length - from;
    checkRecordLength(length, path, line + 1);
  }
  const last = finish();
  if (last) yield last;
}
