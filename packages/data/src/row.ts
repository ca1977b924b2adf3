import { DataError, quoteOutside, shorten } from "@accord-rl/core";
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

const shown = (path: readonly PropertyKey[]): string =>
  path.length > 0 ? `${quoteOutside(path.join("."), 120)}: ` : "";

/** Problems that one error tells. */
const mostProblems = 5;

/** The fields of a row that lacks one: the name may be another one. */
const fieldsOf = (value: unknown): string => {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return "";
  return `; the record has ${
    shorten(
      Object.keys(value)
        .map((name) => quoteOutside(name, 60))
        .join(", "),
    ) || "no fields"
  }`;
};

/**
 * Checks one record against a schema.
 * @throws DataError naming the line and the field.
 */
export const parseRow = <T>(schema: ZodType<T>, row: Row, path: string): T => {
  const result = schema.safeParse(row.value);
  if (result.success) return result.data;
  const { issues } = result.error;
  const problems = issues
    .slice(0, mostProblems)
    .map(({ path: at, message }) => `${shown(at)}${shorten(message, 300)}`);
  if (issues.length > mostProblems) problems.push(`and ${issues.length - mostProblems} more`);
  const isMissing = issues.some(({ message }) => message.endsWith("received undefined"));
  throw rowError(path, row, problems.join("; ") + (isMissing ? fieldsOf(row.value) : ""));
};
