import { DataError, parseJson } from "@accord-rl/core";
import type { ZodType } from "zod";
import { checkContent } from "../read-json-file.ts";

/** One line of a JSON-lines file. */
export interface JsonRow {
  readonly value: unknown;
  /** Counts from 1. */
  readonly line: number;
}

/**
 * The rows of a JSON-lines text; blank lines are skipped.
 * @throws DataError with the line.
 */
export const parseJsonRows = (text: string, path: string): JsonRow[] =>
  text.split(/\r?\n/).flatMap((content, index) => {
    if (content.trim() === "") return [];
    const value = parseJson(content, (problem, cause) => {
      throw new DataError({ path, line: index + 1, message: `not JSON (${problem})`, cause });
    });
    return [{ value, line: index + 1 }];
  });

/**
 * Checks a row against a schema.
 * @throws DataError naming the line and the fields.
 */
export const parseRow = <T>(schema: ZodType<T>, { value, line }: JsonRow, path: string): T =>
  checkContent(path, value, schema, line);
