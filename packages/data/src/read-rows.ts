import { readFile } from "node:fs/promises";
import { extname } from "node:path";
import { DataError } from "@accord-rl/core";
import { CsvError, parse } from "csv-parse/sync";
import type { ZodType } from "zod";

/** One record of a data file, as it stands there. */
export interface Row {
  readonly value: unknown;
  /** Counts from 1; undefined in a JSON array, whose items have no lines of their own. */
  readonly line?: number;
}

/** What a file of each extension holds. */
type ParseRows = (text: string, path: string) => Row[];

const reasonOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));

/** Reads a file as UTF-8, without a byte order mark. */
const readText = async (path: string): Promise<string> => {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(await readFile(path));
  } catch (cause) {
    const isText = !(cause instanceof TypeError);
    const message = isText ? `can't be read (${reasonOf(cause)})` : "is not UTF-8 text; convert it first";
    throw new DataError({ path, message, cause });
  }
};

const nonBlankLines = (text: string): { text: string; line: number }[] =>
  text
    .split(/\r?\n/)
    .map((line, i) => ({ text: line, line: i + 1 }))
    .filter((line) => line.text.trim() !== "");

const parseLines: ParseRows = (text) =>
  nonBlankLines(text).map((row) => ({ value: row.text, line: row.line }));

const parseJsonLines: ParseRows = (text, path) =>
  nonBlankLines(text).map((row) => {
    try {
      return { value: JSON.parse(row.text), line: row.line };
    } catch (cause) {
      throw new DataError({ path, line: row.line, message: `not JSON (${reasonOf(cause)})`, cause });
    }
  });

const parseJson: ParseRows = (text, path) => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new DataError({ path, message: `not JSON (${reasonOf(cause)})`, cause });
  }
  if (!Array.isArray(value)) {
    throw new DataError({
      path,
      message: `holds ${value === null ? "null" : typeof value}, expected a JSON array`,
    });
  }
  return value.map((item: unknown) => ({ value: item }));
};

const parseSeparated =
  (delimiter: string): ParseRows =>
  (text, path) => {
    try {
      const rows: { record: unknown; info: { lines: number } }[] = parse(text, {
        columns: true,
        info: true,
        skip_empty_lines: true,
        delimiter,
      });
      return rows.map(({ record, info }) => ({ value: record, line: info.lines }));
    } catch (cause) {
      const line = cause instanceof CsvError && typeof cause.lines === "number" ? { line: cause.lines } : {};
      throw new DataError({ path, ...line, message: `not a table (${reasonOf(cause)})`, cause });
    }
  };

const formats: Readonly<Record<string, ParseRows>> = {
  ".txt": parseLines,
  ".jsonl": parseJsonLines,
  ".ndjson": parseJsonLines,
  ".json": parseJson,
  ".csv": parseSeparated(","),
  ".tsv": parseSeparated("\t"),
};

/**
 * Reads the records of a data file by its extension: .txt (a text per line), .jsonl or .ndjson, .json (an array),
 * .csv and .tsv (the first line names the columns). Blank lines are skipped.
 *
 * @throws DataError with the line, when the file is missing, malformed or empty.
 */
export const readRows = async (path: string): Promise<Row[]> => {
  const extension = extname(path).toLowerCase();
  const format = formats[extension];
  if (!format) {
    const known = Object.keys(formats).join(", ");
    throw new DataError({ path, message: `has the extension "${extension}", expected one of ${known}` });
  }
  const text = await readText(path);
  const rows = text.trim() === "" ? [] : format(text, path);
  if (rows.length === 0) throw new DataError({ path, message: "is empty, expected at least one record" });
  return rows;
};

/**
 * Checks one record against a schema.
 * @throws DataError naming the line and the field.
 */
export const parseRow = <T>(schema: ZodType<T>, row: Row, index: number, path: string): T => {
  const result = schema.safeParse(row.value);
  if (result.success) return result.data;
  const problems = result.error.issues.map(
    (issue) => `${issue.path.length > 0 ? `"${issue.path.join(".")}": ` : ""}${issue.message}`,
  );
  const where = row.line === undefined ? { message: `item ${index + 1}: ` } : { line: row.line, message: "" };
  throw new DataError({ path, ...where, message: `${where.message}${problems.join("; ")}` });
};

/** Reads a file whose every record fits a schema. */
export const readRecords = async <T>(path: string, schema: ZodType<T>): Promise<T[]> =>
  (await readRows(path)).map((row, i) => parseRow(schema, row, i, path));
