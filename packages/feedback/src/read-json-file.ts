import { readFileSync } from "node:fs";
import { DataError, parseJson } from "@accord-rl/core";
import type { ZodType } from "zod";

/** Reads a file as text. @throws DataError where it can't be read. */
export const readTextFile = (path: string): string => {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(readFileSync(path));
  } catch (cause) {
    const reason = cause instanceof TypeError ? "it is not UTF-8 text" : (cause as Error).message;
    throw new DataError({ path, message: `can't be read (${reason})`, cause });
  }
};

/** Checks what a file, or a line of it, holds against a schema. @throws DataError naming each field that is wrong. */
export const checkContent = <T>(path: string, content: unknown, schema: ZodType<T>, line?: number): T => {
  const result = schema.safeParse(content);
  if (result.success) return result.data;
  const problems = result.error.issues.map(
    (issue) => `${issue.path.length > 0 ? `"${issue.path.join(".")}": ` : ""}${issue.message}`,
  );
  throw new DataError({ path, message: problems.join("; "), ...(line !== undefined && { line }) });
};

/** Reads a JSON file that fits a schema. @throws DataError with the path, and what is wrong. */
export const readJsonFile = <T>(path: string, schema: ZodType<T>): T => {
  const content = parseJson(readTextFile(path), (problem, cause) => {
    throw new DataError({ path, message: `is not JSON (${problem})`, cause });
  });
  return checkContent(path, content, schema);
};
