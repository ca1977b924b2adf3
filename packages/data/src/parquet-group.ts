import { quoteOutside } from "@accord-rl/core";
import type { AsyncBuffer } from "hyparquet";
import {
  type ColumnMetaData,
  checkChunk,
  mostValuesAtOnce,
  pathTo,
  type RowGroup,
  tooManyAtOnce,
} from "./parquet-check.ts";
import type { ParquetFile } from "./parquet-metadata.ts";
import { reasonOf } from "./reason-of.ts";

const refuse = (message: string): never => {
  throw new RangeError(message);
};

/** Bytes of a row group that are unpacked at once, and how much more for each byte that it has packed. */
const unpackedAllowance = { fixed: 2 ** 28, each: 64 };

/** A row group whose pages were checked, and how to read it. */
export interface LoadedGroup {
  /** The file as far as the group goes: nothing is read twice. */
  readonly buffer: AsyncBuffer;
  /** Columns that are unpacked together. */
  readonly batches: readonly string[][];
  /** Rows that are made at once. */
  readonly rowsAtOnce: number;
}

interface Column {
  readonly meta: ColumnMetaData;
  readonly start: number;
  readonly size: number;
}

const columnsOf = (group: RowGroup, fileBytes: number): Column[] => {
  const columns = group.columns.map(({ meta_data: meta }) => {
    if (!meta) return refuse("has columns without metadata; is it encrypted?");
    const start = Number(meta.dictionary_page_offset || meta.data_page_offset);
    return { meta, start, size: Number(meta.total_compressed_size) };
  });
  if (columns.length === 0) refuse("has a row group without columns");
  const total = columns.reduce((sum, { size }) => sum + size, 0);
  if (!columns.every(({ size }) => size >= 0) || total > fileBytes) refuse(`has columns of ${total} bytes`);
  const unpacked = columns.reduce((sum, { meta }) => sum + Number(meta.total_uncompressed_size), 0);
  if (unpacked > unpackedAllowance.fixed + unpackedAllowance.each * total)
    refuse(
      `has a row group of ${total} bytes that claims to unpack to ${unpacked}; write smaller row groups`,
    );
  return columns;
};

/** @returns how many values are in memory while the column is read. */
const checkColumn = (
  bytes: ArrayBuffer,
  from: number,
  column: Column,
  group: RowGroup,
  file: ParquetFile,
): number => {
  const { meta, start, size } = column;
  const path = pathTo(file.schema, meta.path_in_schema);
  const name = meta.path_in_schema.join(".");
  const isFlat = path.length === 2 && path[1]?.element.repetition_type !== "REPEATED";
  if (isFlat ? meta.num_values !== group.num_rows : meta.num_values < group.num_rows) {
    refuse(`${quoteOutside(name).slice(1, -1)}: holds ${meta.num_values} values for ${group.num_rows} rows`);
  }
  try {
    const largest = checkChunk(new Uint8Array(bytes, start - from, size), meta, path);
    const values = isFlat ? largest : Number(meta.num_values);
    return values > mostValuesAtOnce ? tooManyAtOnce("a row group", values) : values;
  } catch (cause) {
    throw new RangeError(`${quoteOutside(name).slice(1, -1)}: ${reasonOf(cause)}`, { cause });
  }
};

/** Columns in batches that are in memory together. */
const batchesOf = (costs: ReadonlyMap<string, number>): string[][] => {
  const batches: string[][] = [];
  let room = 0;
  for (const [name, cost] of costs) {
    if (cost > mostValuesAtOnce) tooManyAtOnce(`${quoteOutside(name)} of a row group`, cost);
    if (batches.length === 0 || cost > room) {
      batches.push([]);
      room = mostValuesAtOnce;
    }
    batches.at(-1)?.push(name);
    room -= cost;
  }
  return batches;
};

/** Reads a row group, and checks every page before anything is made of it. */
export const loadGroup = async (file: ParquetFile, group: RowGroup): Promise<LoadedGroup> => {
  const { byteLength, slice } = file.buffer;
  const columns = columnsOf(group, byteLength);
  const begin = Math.min(...columns.map(({ start }) => start));
  const end = Math.max(...columns.map(({ start, size }) => start + size));
  const bytes = await slice(begin, end);
  const costs = new Map<string, number>();
  for (const column of columns) {
    const name = column.meta.path_in_schema[0] ?? refuse("has a column without a name");
    costs.set(name, (costs.get(name) ?? 0) + checkColumn(bytes, begin, column, group, file));
  }
  const unpacked = columns.reduce((sum, { meta }) => sum + Number(meta.total_uncompressed_size), 0);
  const slices = Math.ceil(
    Math.max(
      unpacked / unpackedAllowance.fixed,
      (Number(group.num_rows) * costs.size) / (mostValuesAtOnce / 2),
    ),
  );
  return {
    batches: batchesOf(costs),
    rowsAtOnce: Math.ceil(Number(group.num_rows) / Math.max(slices, 1)),
    buffer: {
      byteLength,
      slice: (from, to = byteLength) => {
        if (from === begin && to === end) return bytes;
        if (!(from >= begin && to <= end))
          refuse(`points to the bytes ${from} to ${to}, outside of its row group`);
        return bytes.slice(from - begin, to - begin);
      },
    },
  };
};
