import { type FileHandle, open } from "node:fs/promises";
import { AccordError, DataError, shorten } from "@accord-rl/core";
import { type AsyncBuffer, parquetReadObjects } from "hyparquet";
import type { RowGroup } from "./parquet-check.ts";
import { parquetCodecs } from "./parquet-codecs.ts";
import { loadGroup } from "./parquet-group.ts";
import { type ParquetFile, readMetadata } from "./parquet-metadata.ts";
import { reasonOf } from "./reason-of.ts";
import type { Row } from "./row.ts";

const refuse = (message: string): never => {
  throw new RangeError(message);
};

const openBuffer = async (handle: FileHandle): Promise<AsyncBuffer> => {
  const { size } = await handle.stat();
  return {
    byteLength: size,
    slice: async (start, end = size) => {
      if (!(start >= 0 && start <= end && end <= size))
        refuse(`points to the bytes ${start} to ${end} of ${size}`);
      const bytes = new Uint8Array(end - start);
      await handle.read(bytes, 0, bytes.length, start);
      return bytes.buffer;
    },
  };
};

/** Values inside each other. */
const deepest = 100;

/** Values as JSON would have them: whole numbers as numbers where they are exact, null where there is none. */
const plain = (value: unknown, depth = 0): unknown => {
  if (value === undefined) return null;
  if (typeof value === "bigint") {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value.toString();
  }
  if (typeof value !== "object" || value === null) return value;
  if (depth > deepest) refuse(`has a value that is nested more than ${deepest} deep`);
  if (Array.isArray(value)) return value.map((item) => plain(item, depth + 1));
  if (Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner, depth + 1)]));
};

/** The rows of a row group. What is in memory at once has a bound, whatever the group holds. */
async function* groupRows(file: ParquetFile, group: RowGroup): AsyncGenerator<Record<string, unknown>> {
  const { buffer, batches, rowsAtOnce } = await loadGroup(file, group);
  const metadata = { ...file.metadata, row_groups: [group], num_rows: group.num_rows };
  const rows = Number(group.num_rows);
  for (let rowStart = 0; rowStart < rows; rowStart += rowsAtOnce) {
    const options = { file: buffer, metadata, compressors: parquetCodecs, rowStart };
    const rowEnd = Math.min(rows, rowStart + rowsAtOnce);
    const parts: Record<string, unknown>[][] = [];
    for (const columns of batches)
      parts.push(
        await parquetReadObjects(
          batches.length === 1 ? { ...options, rowEnd } : { ...options, rowEnd, columns },
        ),
      );
    const [first = [], ...others] = parts;
    for (const [index, row] of first.entries()) {
      yield others.length === 0 ? row : Object.assign({}, row, ...others.map((part) => part[index]));
    }
  }
}

/**
 * The rows of a parquet file, one row group in memory at a time. Each page is looked through before it is unpacked.
 * @throws DataError for a file that is damaged or made to harm, and for what hyparquet can't read.
 */
export async function* streamParquet(path: string): AsyncGenerator<Row, void, undefined> {
  const fail = (cause: unknown): never => {
    if (AccordError.isInstance(cause)) throw cause;
    const isMissing = cause instanceof Error && "code" in cause && "syscall" in cause;
    const reason = shorten(reasonOf(cause), 400);
    throw new DataError({
      path,
      message: isMissing ? `can't be read (${reason})` : `not parquet (${reason})`,
      cause,
    });
  };
  const handle = await open(path, "r").catch(fail);
  try {
    const file = await readMetadata(await openBuffer(handle));
    let row = 0;
    for (const group of file.metadata.row_groups) {
      for await (const value of groupRows(file, group)) yield { value: plain(value), place: `row ${++row}` };
    }
    const { num_rows: claimed } = file.metadata;
    if (BigInt(row) !== claimed) refuse(`holds ${row} rows, expected ${claimed}`);
  } catch (cause) {
    fail(cause);
  } finally {
    await handle.close();
  }
}
