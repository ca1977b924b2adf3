import { quoteOutside } from "@accord-rl/core";
import type { FileMetaData, SchemaTree } from "hyparquet";
import { unpackPage } from "./parquet-codecs.ts";
import { checkDeltaHeader, checkRuns } from "./parquet-runs.ts";
import { readThrift, type ThriftStruct } from "./thrift.ts";

export type RowGroup = FileMetaData["row_groups"][number];
export type ColumnMetaData = NonNullable<RowGroup["columns"][number]["meta_data"]>;

/** What a page's header says, whichever of the two versions it is. */
interface Page {
  readonly values: number;
  readonly encoding: number;
  /** Bytes of repetition and definition levels; undefined where they stand in the page with their own length. */
  readonly levels?: readonly [repetition: number, definition: number];
  readonly isPacked: boolean;
}

/** By their numbers in the format: indices into a dictionary and flags are runs. */
const runEncodings = [2, 3, 8];
const [deltaPacked, deltaLength, deltaBytes] = [5, 6, 7] as const;

const refuse = (message: string): never => {
  throw new RangeError(message);
};

const count = (fields: ThriftStruct, id: number, what: string): number => {
  const value = fields.get(id);
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  return refuse(`${what} is ${String(value)}, expected a whole number of 0 or more`);
};

const pageOf = (header: ThriftStruct): Page | undefined => {
  const [v1, v2] = [header.get(5), header.get(8)];
  if (v1 instanceof Map) {
    return { values: count(v1, 1, "values of a page"), encoding: count(v1, 2, "encoding"), isPacked: true };
  }
  if (!(v2 instanceof Map)) return undefined;
  const [values, nulls] = [count(v2, 1, "values of a page"), count(v2, 2, "nulls of a page")];
  if (nulls > values) refuse(`a page has ${nulls} nulls among ${values} values`);
  return {
    values,
    encoding: count(v2, 4, "encoding"),
    levels: [count(v2, 6, "bytes of levels"), count(v2, 5, "bytes of levels")],
    isPacked: v2.get(7) !== false,
  };
};

/** How often a column may repeat, and how deep its values may be missing. */
const levelsOf = (path: readonly SchemaTree[]) => ({
  repetition: path.filter(({ element }) => element.repetition_type === "REPEATED").length,
  definition: path.slice(1).filter(({ element }) => element.repetition_type !== "REQUIRED").length,
});

/** A page claims no more values than it can hold: that many at least, however well they are packed. */
const packedValues = 2 ** 22;

/** Values that are in memory at once: of one page, or of a whole column where it repeats within rows. */
export const mostValuesAtOnce = 2 ** 23;

export const tooManyAtOnce = (what: string, values: number): never =>
  refuse(
    `${what} holds ${values} values, at most ${mostValuesAtOnce} can be read at once; write the file with smaller row groups (in pyarrow: row_group_size=100_000)`,
  );

/** Checks one page: what hyparquet will allocate and loop over follows from it. */
const checkPage = (
  bytes: Uint8Array,
  header: ThriftStruct,
  codec: string,
  path: readonly SchemaTree[],
): number => {
  const unpacked = count(header, 2, "size of a page");
  if (header.get(1) === 2) {
    const dictionary = header.get(7);
    const entries = dictionary instanceof Map ? count(dictionary, 1, "values of a dictionary") : 0;
    if (entries > 8 * unpackPage(bytes, codec, unpacked).length)
      refuse(`a dictionary claims ${entries} values`);
    return 0;
  }
  const page = pageOf(header) ?? refuse("a page is neither data nor a dictionary");
  if (page.values > packedValues + 8 * unpacked)
    refuse(`a page of ${unpacked} bytes claims ${page.values} values`);
  if (page.values > mostValuesAtOnce) tooManyAtOnce("a page", page.values);
  const max = levelsOf(path);
  let content: Uint8Array;
  if (page.levels) {
    const [repetition, definition] = page.levels;
    const start = repetition + definition;
    if (start > bytes.length || start > unpacked) refuse("levels are longer than their page");
    if (max.repetition > 0) checkRuns(bytes.subarray(0, repetition), max.repetition, page.values, true);
    if (max.definition > 0) checkRuns(bytes.subarray(repetition, start), max.definition, page.values, true);
    const rest = bytes.subarray(start);
    content = page.isPacked ? unpackPage(rest, codec, unpacked - start) : rest;
  } else {
    content = unpackPage(bytes, codec, unpacked);
    for (const level of [max.repetition, max.definition]) {
      if (level === 0) continue;
      if (content.length < 4) refuse("a page ends within its levels");
      const length = new DataView(content.buffer, content.byteOffset).getUint32(0, true);
      if (length > content.length - 4) refuse("levels are longer than their page");
      checkRuns(content.subarray(4, 4 + length), level, page.values, true);
      content = content.subarray(4 + length);
    }
  }
  const isFlags = path.at(-1)?.element.type === "BOOLEAN";
  if (page.values === 0 || content.length === 0) return page.values;
  if (runEncodings.includes(page.encoding)) {
    const width = isFlags ? 1 : content[0]!;
    if (width > 32) refuse(`a page has indices of ${width} bits`);
    // Flags stand behind their length, indices behind their width.
    checkRuns(content.subarray(isFlags ? 4 : 1), 2 ** width - 1, page.values, false);
  } else if (page.encoding === deltaPacked || page.encoding === deltaLength) checkDeltaHeader(content);
  else if (page.encoding === deltaBytes)
    refuse("texts are stored as differences (DELTA_BYTE_ARRAY), which is not read");
  return page.values;
};

/** How much longer than what is packed a text of equal letters can be. */
const expansions: Readonly<Record<string, number>> = {
  SNAPPY: 22,
  LZ4: 256,
  LZ4_RAW: 256,
  GZIP: 1032,
  BROTLI: 2 ** 17,
  ZSTD: 2 ** 15,
};

/**
 * Checks all pages of a column.
 *
 * @param chunk  a column of a row group, from its first page on.
 * @returns how many values the largest page holds.
 */
export const checkChunk = (chunk: Uint8Array, meta: ColumnMetaData, path: readonly SchemaTree[]): number => {
  const claimed = Number(meta.total_uncompressed_size);
  const most = 2 ** 12 + (expansions[meta.codec] ?? 1) * chunk.length;
  if (!(claimed >= 0 && claimed <= most)) refuse(`${chunk.length} bytes claim to unpack to ${claimed}`);
  let values = 0;
  let largest = 0;
  // Readers stop where a single byte is left.
  for (let at = 0; at < chunk.length - 1; ) {
    const { value: header, end } = readThrift(chunk, at);
    const size = count(header, 3, "packed size of a page");
    if (size > chunk.length - end) refuse("a page is longer than its column");
    if (count(header, 2, "size of a page") > Number(meta.total_uncompressed_size)) {
      refuse("a page unpacks to more than its whole column");
    }
    const held = checkPage(chunk.subarray(end, end + size), header, meta.codec, path);
    values += held;
    largest = Math.max(largest, held);
    at = end + size;
  }
  if (values !== Number(meta.num_values))
    refuse(`its pages hold ${values} values, expected ${meta.num_values}`);
  return largest;
};

/** The nodes of the schema from its root to a column. */
export const pathTo = (root: SchemaTree, names: readonly string[]): SchemaTree[] => {
  const path = [root];
  for (const name of names) {
    const child = path.at(-1)?.children.find(({ element }) => element.name === name);
    path.push(child ?? refuse(`the column ${quoteOutside(names.join("."))} is not in the schema`));
  }
  return path;
};
