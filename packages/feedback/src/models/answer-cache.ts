import { existsSync, readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { DataError, type Json, safeJson } from "@accord-rl/core";
import { makeFolder, openAppendLog, readJsonLines, takeLock } from "@accord-rl/files";
import { z } from "zod";

/** What models answered, kept on disk under the hash of what they were asked. */
export interface AnswerCache {
  readonly path: string;
  /** Answers kept. */
  readonly size: number;
  get(key: string): Json | undefined;
  /** Returns when the answer has left the process: killing it can't lose the answer any more. */
  set(key: string, answer: Json): void;
  /** Writes to the disk and releases the lock. */
  close(): void;
}

const lineSchema = z.strictObject({ key: z.string(), answer: z.json() });
const newline = 10;
/** Answers between two waits for the disk: only a power failure could lose them. */
const flushEvery = 64;

const readAnswers = (path: string): Map<string, Json> =>
  new Map(
    readJsonLines(path).map((line, index) => {
      const result = lineSchema.safeParse(line);
      if (result.success) return [result.data.key, result.data.answer];
      const message = "is no kept answer ({ key, answer }); delete the line, and it is asked again";
      throw new DataError({ path, line: index + 1, message });
    }),
  );

/**
 * Opens a cache of answers: one JSON line each, appended as it is given, so that a killed run goes on where it was and
 * pays nothing twice. A last line that was cut off is dropped.
 *
 * @throws InvalidArgumentError where another process writes it; DataError with the line where it is damaged.
 */
export const openAnswerCache = (file: string): AnswerCache => {
  const path = resolve(file);
  makeFolder(dirname(path));
  const release = takeLock(
    `${path}.lock`,
    (who, lock) => `${path} is being written by ${who}; let it finish, use another file, or delete ${lock}`,
  );
  try {
    const answers = existsSync(path) ? readAnswers(path) : new Map<string, Json>();
    const whole = existsSync(path) ? readFileSync(path).lastIndexOf(newline) + 1 : 0;
    const log = openAppendLog(path);
    if (log.size > whole) log.truncate(whole);
    let unflushed = 0;
    let isOpen = true;
    return {
      path,
      get size() {
        return answers.size;
      },
      get: (key) => answers.get(key),
      set: (key, answer) => {
        const before = log.size;
        try {
          log.append(`${safeJson({ key, answer })}\n`);
        } catch (error) {
          log.truncate(before); // else the next line would continue the half one
          throw error;
        }
        answers.set(key, answer);
        unflushed++;
        if (unflushed % flushEvery === 0) log.flush();
      },
      close: () => {
        if (!isOpen) return;
        isOpen = false;
        try {
          log.flush();
          log.close();
        } finally {
          release();
        }
      },
    };
  } catch (error) {
    release();
    throw error;
  }
};
