import { readFile, stat } from "node:fs/promises";
import { CheckpointError } from "@accord-rl/core";

/** Turns a failed read into an error that names the file and says what to do. */
export const readFailure =
  (path: string) =>
  (cause: unknown): never => {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CheckpointError({ path, message: `can't be read (${reason}); check the path`, cause });
  };

/** A description of a model has some kilobytes, the index of a large one some megabytes. */
const longestText = 2 ** 26;

/** A text file of at most 64 MiB. @throws CheckpointError when it can't be read or is longer. */
export const readText = async (path: string): Promise<string> => {
  const { size } = await stat(path).catch(readFailure(path));
  if (size > longestText) {
    const message = `it has ${size} bytes, expected at most ${longestText}; it is damaged or another kind of file`;
    throw new CheckpointError({ path, message });
  }
  return readFile(path, "utf8").catch(readFailure(path));
};
