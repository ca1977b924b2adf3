import { TextDecoder } from "node:util";
import { DataError } from "@accord-rl/core";
import { streamBytes } from "./stream-bytes.ts";

/** More characters in one record do not fit into memory a few times: the file is no list of records. */
const longestRecord = 2 ** 26;

export const checkRecordLength = (length: number, path: string, line?: number): void => {
  if (length <= longestRecord) return;
  const message = `a record has more than ${longestRecord} characters; is the file cut into records at all?`;
  throw new DataError({ path, ...(line === undefined ? {} : { line }), message });
};

/** By its byte order mark, or by the zeros between Latin letters; Windows writes UTF-16. */
const encodingOf = ([first, second, third, fourth]: Uint8Array): string => {
  if (first === 0xff && second === 0xfe) return third === 0 && fourth === 0 ? "utf-32" : "utf-16le";
  if (first === 0xfe && second === 0xff) return "utf-16be";
  if (first === 0 && second !== 0 && second !== undefined) return "utf-16be";
  return first !== 0 && second === 0 && third !== 0 ? "utf-16le" : "utf-8";
};

const decoderFor = (bytes: Uint8Array, path: string): TextDecoder => {
  const encoding = encodingOf(bytes);
  if (encoding !== "utf-32") return new TextDecoder(encoding, { fatal: true });
  throw new DataError({ path, message: "is UTF-32 text, which is not read; convert it to UTF-8 first" });
};

/**
 * A file's text in pieces, without a byte order mark: UTF-8, or UTF-16 as Windows writes it.
 * @throws DataError when it can't be read or is no such text.
 */
export async function* streamText(path: string): AsyncGenerator<string, void, undefined> {
  let decoder: TextDecoder | undefined;
  try {
    for await (const bytes of streamBytes(path)) {
      decoder ??= decoderFor(bytes, path);
      yield decoder.decode(bytes, { stream: true });
    }
    if (decoder) yield decoder.decode();
  } catch (cause) {
    if (DataError.isInstance(cause) || !(cause instanceof TypeError)) throw cause;
    const message = `is not ${(decoder?.encoding ?? "utf-8").toUpperCase()} text; convert it first`;
    throw new DataError({ path, message, cause });
  }
}

/** Text in pieces, with the first character that is no space: what it is shows in it. */
export const peek = async (
  pieces: AsyncGenerator<string, void, undefined>,
): Promise<{ readonly first: string; readonly pieces: AsyncGenerator<string, void, undefined> }> => {
  const seen: string[] = [];
  let first = "";
  while (first === "") {
    const next = await pieces.next();
    if (next.done) break;
    first = next.value.trimStart().charAt(0);
    // Blank lines stay, so that lines have their numbers.
    seen.push(first === "" ? next.value.replace(/[^\n]/g, "") : next.value);
  }
  return {
    first,
    pieces: (async function* () {
      try {
        yield* seen;
        yield* pieces;
      } finally {
        await pieces.return();
      }
    })(),
  };
};

/** A line of a file; `line` counts from 1. */
export interface Line {
  readonly text: string;
  readonly line: number;
}

/**
 * The lines of a file that are not blank, one at a time. Only "\n" and "\r\n" end a line: the other line separators of
 * Unicode may stand inside JSON strings.
 */
export async function* streamLines(
  path: string,
  pieces: AsyncIterable<string> = streamText(path),
): AsyncGenerator<Line, void, undefined> {
  let line = 0;
  let parts: string[] = [];
  const finish = (): Line | undefined => {
    const text = parts.join("").replace(/\r$/, "");
    parts = [];
    line += 1;
    return text.trim() === "" ? undefined : { text, line };
  };
  let length = 0;
  for await (const piece of pieces) {
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
