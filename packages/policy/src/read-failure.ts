import { readFile } from "node:fs/promises";
import { CheckpointError } from "@accord-rl/core";

/** Turns a failed read into an error that names the file and says what to do. */
export const readFailure =
  (path: string) =>
  (cause: unknown): never => {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CheckpointError({ path, message: `can't be read (${reason}); check the path`, cause });
  };

/** A text file. @throws CheckpointError when it can't be read. */
export const readText = (path: string): Promise<string> => readFile(path, "utf8").catch(readFailure(path));
