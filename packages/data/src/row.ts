import { DataError } from "@accord-rl/core";
import type { ZodType } from "zod";

/** One record of a data file, as it stands there. */
export interface Row {
  readonly value: unknown;
  /** Counts from 1; undefined where the file has no lines: in a JSON array, in parquet. */
  readonly line?: number;
  /** Where it stands otherwise: "item 3", "row 3". */
  readonly place?: string;
}

/** An error that names the record's place in its file. */
export const rowError = (path: string, { line, place }: Omit<Row, "value">, message: string): DataError =>
  line === undefined
    ? new DataError({ path, message: place === undefined ? message : `${place}: ${message}` })
    : new DataError({ path, line, message });

const shown = (path: readonly PropertyKey[]): string => (path.length > 0 ? `"${path.join(".")}": ` : "");

/**
 * Checks one record against a schema.
 * @throws DataError naming the line and the field.
 */
export const parseRow = <T>(schema: ZodType<T>, row: Row, path: string): T => {
  const result = schema.safeParse(row.value);
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path: at, message }) => `${shown(at)}${message}`);
  throw rowError(path, row, problems.join("; "));
};
