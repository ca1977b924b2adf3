import { pipeline, Readable } from "node:stream";
import { AccordError, DataError } from "@accord-rl/core";
import { CsvError, parse } from "csv-parse";
import type { Row } from "./row.ts";
import { reasonOf, streamText } from "./stream-text.ts";

export interface TableOptions {
  readonly delimiter: string;
  /** Lines that begin with it are left out. */
  readonly comment?: string | undefined;
}

/** The rows of a table whose first line names the columns, one at a time. */
export async function* streamTable(
  path: string,
  { delimiter, comment }: TableOptions,
): AsyncGenerator<Row, void, undefined> {
  const parser = parse({
    columns: true,
    info: true,
    skip_empty_lines: true,
    delimiter,
    max_record_size: 2 ** 28,
    ...(comment !== undefined && { comment, comment_no_infix: true }),
  });
  // What goes wrong in the source destroys the parser, and is thrown by the loop.
  const rows = pipeline(Readable.from(streamText(path)), parser, () => {});
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
