import { type FileHandle, open } from "node:fs/promises";
import { AccordError, DataError } from "@accord-rl/core";
import { type AsyncBuffer, type FileMetaData, parquetMetadata, parquetReadObjects } from "hyparquet";
import { type ColumnMetaData, checkChunk, pathTo, type RowGroup } from "./parquet-check.ts";
import { parquetCodecs } from "./parquet-codecs.ts";
import type { Row } from "./row.ts";
import { reasonOf } from "./stream-text.ts";
import { readThrift } from "./thrift.ts";

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

/** More columns than any table of texts has. */
const mostFields = 10_000;

const readMetadata = async (file: AsyncBuffer): Promise<FileMetaData> => {
  if (file.byteLength < 12) refuse(`is no parquet file: it has ${file.byteLength} bytes`);
  const tail = new DataView(await file.slice(file.byteLength - 8));
  if (tail.getUint32(4, true) !== 0x31524150) refuse('is no parquet file: it does not end in "PAR1"');
  const length = tail.getUint32(0, true);
  if (length > file.byteLength - 12)
    refuse(`is cut: its footer has ${length} bytes, the file ${file.byteLength}`);
  const footer = new Uint8Array(await file.slice(file.byteLength - 8 - length));
  readThrift(footer); // throws where hyparquet would go on with what the bytes claim
  const metadata = parquetMetadata(footer, { geoparquet: false });
  if (metadata.schema.length > mostFields) refuse(`has ${metadata.schema.length} columns`);
  return metadata;
};

const startOf = (meta: ColumnMetaData): number =>
  Number(meta.dictionary_page_offset || meta.data_page_offset);

/**
 * Reads a row group, and checks every page before anything is made of it.
 * @returns the file as far as the group goes: nothing is read twice.
 */
const loadGroup = async (
  file: AsyncBuffer,
  metadata: FileMetaData,
  group: RowGroup,
): Promise<AsyncBuffer> => {
  const columns = group.columns.map(({ meta_data: meta }) => {
    if (!meta) return refuse("has columns without metadata; is it encrypted?");
    return { meta, start: startOf(meta), size: Number(meta.total_compressed_size) };
  });
  if (columns.length === 0) refuse("has a row group without columns");
  const total = columns.reduce((sum, { size }) => sum + size, 0);
  if (!columns.every(({ size }) => size >= 0) || total > file.byteLength)
    refuse(`has columns of ${total} bytes`);
  const begin = Math.min(...columns.map(({ start }) => start));
  const end = Math.max(...columns.map(({ start, size }) => start + size));
  const bytes = await file.slice(begin, end);
  for (const { meta, start, size } of columns) {
    const path = pathTo(metadata, meta.path_in_schema);
    const name = meta.path_in_schema.join(".");
    const isFlat = path.length === 2 && path[1]!.element.repetition_type !== "REPEATED";
    if (isFlat ? meta.num_values !== group.num_rows : meta.num_values < group.num_rows) {
      refuse(`${name}: holds ${meta.num_values} values for ${group.num_rows} rows`);
    }
    try {
      checkChunk(new Uint8Array(bytes, start - begin, size), meta, path);
    } catch (cause) {
      throw new RangeError(`${name}: ${reasonOf(cause)}`, { cause });
    }
  }
  return {
    byteLength: file.byteLength,
    slice: (from, to = file.byteLength) => {
      if (from === begin && to === end) return bytes;
      if (!(from >= begin && to <= end))
        refuse(`points to the bytes ${from} to ${to}, outside of its row group`);
      return bytes.slice(from - begin, to - begin);
    },
  };
};

/** Values as JSON would have them: whole numbers as numbers where they are exact, null where there is none. */
const plain = (value: unknown): unknown => {
  if (value === undefined) return null;
  if (typeof value === "bigint") {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value.toString();
  }
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null || Object.getPrototypeOf(value) !== Object.prototype)
    return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
};

/**
 * The rows of a parquet file, one row group in memory at a time. Each page is looked through before it is unpacked.
 * @throws DataError for a file that is damaged or made to harm, and for what hyparquet can't read.
 */
export async function* streamParquet(path: string): AsyncGenerator<Row, void, undefined> {
  const fail = (cause: unknown): never => {
    if (AccordError.isInstance(cause)) throw cause;
    const isMissing = cause instanceof Error && "code" in cause && "syscall" in cause;
    const reason = reasonOf(cause);
    throw new DataError({
      path,
      message: isMissing ? `can't be read (${reason})` : `not parquet (${reason})`,
      cause,
    });
  };
  const handle = await open(path, "r").catch(fail);
  try {
    const file = await openBuffer(handle);
    const metadata = await readMetadata(file);
    let row = 0;
    for (const group of metadata.row_groups) {
      const alone = { ...metadata, row_groups: [group], num_rows: group.num_rows };
      const values = await parquetReadObjects({
        file: await loadGroup(file, metadata, group),
        metadata: alone,
        compressors: parquetCodecs,
      });
      for (const value of values) yield { value: plain(value), place: `row ${++row}` };
    }
    if (BigInt(row) !== metadata.num_rows) refuse(`holds ${row} rows, expected ${metadata.num_rows}`);
  } catch (cause) {
    fail(cause);
  } finally {
    await handle.close();
  }
}
