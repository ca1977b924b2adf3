import { pipeline, Readable } from "node:stream";
import { AccordError, DataError, quoteOutside } from "@accord-rl/core";
import { CsvError, parse } from "csv-parse";
import { reasonOf } from "./reason-of.ts";
import type { Row } from "./row.ts";
import { streamText } from "./stream-text.ts";

export interface TableOptions {
  readonly delimiter: string;
  /** Lines that begin with it are left out. */
  readonly comment?: string | undefined;
}

const mostColumns = 10_000;
/** Fields of one row, before its quotes are understood. */
const mostFields = 2 ** 14;
/** Characters of one row. */
const longestRow = 2 ** 24;

/** Passes text on, and stops where one row has too many fields: each of them costs memory, however short it is. */
async function* checkWidth(
  pieces: AsyncIterable<string>,
  path: string,
  { delimiter, comment }: TableOptions,
): AsyncGenerator<string, void, undefined> {
  const [separator, note] = [delimiter.charCodeAt(0), comment?.charCodeAt(0)];
  const refuse = (what: string): never => {
    throw new DataError({ path, message: `not a table (a row has more than ${what})` });
  };
  let [fields, length, isQuoted, isComment, isStart] = [0, 0, false, false, true];
  for await (const piece of pieces) {
    for (let at = 0; at < piece.length; at++) {
      const code = piece.charCodeAt(at);
      if (isStart && code === note) isComment = true;
      isStart = code === 10 && (isComment || !isQuoted);
      if (isStart) [fields, length, isComment] = [0, 0, false];
      else if (code === 34 && !isComment) isQuoted = !isQuoted;
      else if (code === separator && !isQuoted && !isComment && ++fields > mostFields)
        refuse(`${mostFields} fields`);
      if (++length > longestRow) refuse(`${longestRow} characters`);
    }
    yield piece;
  }
}

/** The names of the columns. An empty one keeps its place, as an index or a row of separators leaves it. */
const columnNames = (header: readonly string[], path: string): string[] => {
  const fail = (message: string): never => {
    throw new DataError({ path, line: 1, message });
  };
  if (header.length > mostColumns) fail(`has ${header.length} columns, at most ${mostColumns} are read`);
  const names = header.map((name, i) => (name === "" && header.indexOf("") < i ? `column ${i + 1}` : name));
  const seen = new Set<string>();
  for (const name of names) {
    if (seen.has(name)) fail(`has two columns named ${quoteOutside(name)}; rename one or leave it out`);
    seen.add(name);
  }
  return names;
};

/** The rows of a table whose first line names the columns, one at a time. */
export async function* streamTable(
  path: string,
  options: TableOptions,
): AsyncGenerator<Row, void, undefined> {
  const { delimiter, comment } = options;
  const parser = parse({
    columns: (header: string[]) => columnNames(header, path),
    info: true,
    skip_empty_lines: true,
    delimiter,
    max_record_size: longestRow,
    ...(comment !== undefined && { comment, comment_no_infix: true }),
  });
  // What goes wrong in the source destroys the parser, and is thrown by the loop.
  const rows = pipeline(Readable.from(checkWidth(streamText(path), path, options)), parser, () => {});
  try {
    for await (const { record, info } of rows as AsyncIterable<{
      record: unknown;
      info: { lines: number };
    }>) {
      yield { value: record, line: info.lines };
    }
  } catch (cause) {
    if (AccordError.isInstance(cause)) throw cause;
    const line = cause instanceof CsvError && typeof cause.lines === "number" ? { line: cause.lines } : {};
    throw new DataError({ path, ...line, message: `not a table (${reasonOf(cause)})`, cause });
  } finally {
    parser.destroy();
  }
}
