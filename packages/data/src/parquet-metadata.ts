import { quoteOutside } from "@accord-rl/core";
import {
  type AsyncBuffer,
  type FileMetaData,
  parquetMetadata,
  parquetSchema,
  type SchemaTree,
} from "hyparquet";
import { readThrift } from "./thrift.ts";

const refuse = (message: string): never => {
  throw new RangeError(message);
};

/** More columns than any table of texts has. */
const mostFields = 10_000;

/** Parts of a schema inside each other. */
const deepestSchema = 64;

/** What a file of few bytes may claim, and how much more for each byte that it has. */
const allowance = { rows: 2 ** 20, values: 2 ** 24, each: 64 };

export interface ParquetFile {
  readonly buffer: AsyncBuffer;
  readonly metadata: FileMetaData;
  readonly schema: SchemaTree;
}

/** Two columns of one name would become one. */
const checkNames = ({ children }: SchemaTree, depth = 1): void => {
  if (depth > deepestSchema) refuse(`has a schema that is nested more than ${deepestSchema} deep`);
  const names = new Set<string>();
  for (const { element } of children) {
    if (names.has(element.name)) refuse(`has two columns named ${quoteOutside(element.name)}; rename one`);
    if (element.name === "__proto__") refuse('has a column named "__proto__"; rename it');
    names.add(element.name);
  }
  for (const child of children) checkNames(child, depth + 1);
};

/** Checks what the file claims to hold: all of it is handed out, so it has to be in proportion to the bytes. */
const checkCounts = ({ row_groups: groups, num_rows: rows }: FileMetaData, bytes: number): void => {
  const most = {
    rows: allowance.rows + allowance.each * bytes,
    values: allowance.values + allowance.each * bytes,
  };
  if (!(rows >= 0 && rows <= most.rows)) refuse(`claims ${rows} rows in ${bytes} bytes`);
  let values = 0;
  for (const { columns, num_rows: held } of groups) {
    if (!(held >= 0 && held <= most.rows)) refuse(`claims ${held} rows of a row group in ${bytes} bytes`);
    for (const { meta_data: meta } of columns) values += Math.abs(Number(meta?.num_values ?? 0));
  }
  if (!(values <= most.values)) refuse(`claims ${values} values in ${bytes} bytes`);
};

/** Reads and checks a file's footer. */
export const readMetadata = async (buffer: AsyncBuffer): Promise<ParquetFile> => {
  const size = buffer.byteLength;
  if (size < 12) refuse(`is no parquet file: it has ${size} bytes`);
  const tail = new DataView(await buffer.slice(size - 8));
  const magic = tail.getUint32(4, true);
  if (magic === 0x45524150) refuse("is encrypted, which is not read");
  if (magic !== 0x31524150) refuse('is no parquet file: it does not end in "PAR1"');
  const length = tail.getUint32(0, true);
  if (length > size - 12) refuse(`is cut: its footer has ${length} bytes, the file ${size}`);
  const footer = new Uint8Array(await buffer.slice(size - 8 - length));
  readThrift(footer); // throws where hyparquet would go on with what the bytes claim
  const metadata = parquetMetadata(footer, { geoparquet: false });
  if (metadata.schema.length > mostFields)
    refuse(`has ${metadata.schema.length} columns, at most ${mostFields} are read`);
  const schema = parquetSchema(metadata);
  checkNames(schema);
  checkCounts(metadata, size);
  return { buffer, metadata, schema };
};
