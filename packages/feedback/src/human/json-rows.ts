import { readFile } from "node:fs/promises";
import { DataError } from "@accord-rl/core";
import type { ZodType } from "zod";

/** One line of a JSON-lines file. */
export interface JsonRow {
  readonly value: unknown;
  /** Counts from 1. */
  readonly line: number;
}

const reasonOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));

/**
 * The rows of a JSON-lines text; blank lines are skipped.
 * @throws DataError with the line.
 */
export const parseJsonRows = (text: string, path: string): JsonRow[] =>
  text.split(/\r?\n/).flatMap((content, index) => {
    if (content.trim() === "") return [];
    try {
      return [{ value: JSON.parse(content) as unknown, line: index + 1 }];
    } catch (cause) {
      throw new DataError({ path, line: index + 1, message: `not JSON (${reasonOf(cause)})`, cause });
    }
  });

/** @throws DataError where the file can't be read or is no UTF-8. */
export const readText = async (path: string): Promise<string> => {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(await readFile(path));
  } catch (cause) {
    const message =
      cause instanceof TypeError ? "is not UTF-8 text; convert it first" : `can't be read (${reasonOf(cause)})`;
    throw new DataError({ path, message, cause });
  }
};

/**
 * Checks a row against a schema.
 * @throws DataError naming the line and the fields.
 */
export const parseRow = <T>(schema: ZodType<T>, { value, line }: JsonRow, path: string): T => {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const problems = result.error.issues.map(
    (issue) => `${issue.path.length > 0 ? `"${issue.path.join(".")}": ` : ""}${issue.message}`,
  );
  throw new DataError({ path, line, message: problems.join("; ") });
};
