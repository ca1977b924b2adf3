import { extname } from "node:path";
import { DataError } from "@accord-rl/core";
import type { ZodType } from "zod";
import { parseRow, type Row } from "./row.ts";
import { streamJson, streamJsonLines } from "./stream-json.ts";
import { streamParquet } from "./stream-parquet.ts";
import { streamTable } from "./stream-table.ts";
import { streamLines } from "./stream-text.ts";

export interface RowOptions {
  /** Lines of a table that begin with it are left out; default: none are. */
  readonly comment?: string;
}

/** Reads the rows of a file of each extension. */
type StreamFormat = (path: string, options: RowOptions) => AsyncIterable<Row>;

const textLines: StreamFormat = async function* (path) {
  for await (const { text, line } of streamLines(path)) yield { value: text, line };
};

const table =
  (delimiter: string): StreamFormat =>
  (path, { comment }) =>
    streamTable(path, { delimiter, comment });

const formats: Readonly<Record<string, StreamFormat>> = {
  ".txt": textLines,
  ".jsonl": (path) => streamJsonLines(path),
  ".ndjson": (path) => streamJsonLines(path),
  ".json": streamJson,
  ".csv": table(","),
  ".tsv": table("\t"),
  ".parquet": streamParquet,
};

const formatOf = (path: string): StreamFormat => {
  const isPacked = /\.gz$/i.test(path);
  const extension = extname(isPacked ? path.slice(0, -3) : path).toLowerCase();
  const format = formats[extension];
  if (format && !(isPacked && extension === ".parquet")) return format;
  const known = Object.keys(formats).join(", ");
  const message = isPacked
    ? `has the extension "${extension}.gz", expected .gz after one of ${known}; parquet is packed within: gunzip it`
    : `has the extension "${extension}", expected one of ${known}, or one of the text formats with .gz`;
  throw new DataError({ path, message });
};

/**
 * The records of a data file, one at a time, by its extension: .txt (a text per line), .jsonl or .ndjson, .json (an array,
 * or a record per line), .csv and .tsv (the first line names the columns), .parquet; all but parquet also packed, as
 * .jsonl.gz. Blank lines are skipped. The file may be larger than memory: no more of it is held than one record, or a part
 * of a row group of parquet.
 *
 * @throws DataError with the line or row, when the file is missing, malformed or empty.
 */
export async function* streamRows(
  path: string,
  options: RowOptions = {},
): AsyncGenerator<Row, void, undefined> {
  const format = formatOf(path);
  let isEmpty = true;
  for await (const row of format(path, options)) {
    isEmpty = false;
    yield row;
  }
  if (isEmpty) throw new DataError({ path, message: "is empty, expected at least one record" });
}

export interface RecordOptions extends RowOptions {
  /** Gets the error of a record that does not fit, which is then left out; default: the error is thrown. */
  readonly onBadRow?: (error: DataError) => void;
}

/** The records of a file, each checked against a schema, one at a time. */
export async function* streamRecords<T>(
  path: string,
  schema: ZodType<T>,
  { onBadRow, ...options }: RecordOptions = {},
): AsyncGenerator<T, void, undefined> {
  for await (const row of streamRows(path, options)) {
    let record: T;
    try {
      record = parseRow(schema, row, path);
    } catch (error) {
      if (!onBadRow || !DataError.isInstance(error)) throw error;
      onBadRow(error);
      continue;
    }
    yield record;
  }
}

/** All items of a stream, for files that fit into memory. */
export const collect = async <T>(items: AsyncIterable<T>): Promise<T[]> => {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
};

/** All rows of a file, see `streamRows`. */
export const readRows = (path: string, options: RowOptions = {}): Promise<Row[]> =>
  collect(streamRows(path, options));

/** All records of a file, each checked against a schema. */
export const readRecords = <T>(path: string, schema: ZodType<T>, options: RecordOptions = {}): Promise<T[]> =>
  collect(streamRecords(path, schema, options));
