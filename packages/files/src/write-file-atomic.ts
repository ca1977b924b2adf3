import { dirname } from "node:path";
import { explainWriteFailure } from "./failure.ts";
import { type FileSystem, nodeFileSystem } from "./file-system.ts";
import { removeLeftovers, temporaryPath } from "./leftovers.ts";

/**
 * Writes a file so that a reader, and a crash, find the old contents or the new, never a part.
 * Its folder is made where it is missing. Temporary files that killed processes left in the folder are removed.
 *
 * @param data  a text, bytes, or pieces that are written one after the other
 *
 * @throws CheckpointError when it can't be written; the old file is intact then.
 */
export const writeFileAtomic = async (
  path: string,
  data: string | Uint8Array | readonly Uint8Array[],
  { fileSystem = nodeFileSystem }: { fileSystem?: FileSystem } = {},
): Promise<void> => {
  const whole = typeof data === "string" ? new TextEncoder().encode(data) : data;
  const pieces = whole instanceof Uint8Array ? [whole] : whole;
  const temporary = temporaryPath(path);
  try {
    await fileSystem.makeFolder(dirname(path));
    await removeLeftovers(dirname(path), { fileSystem });
    await fileSystem.writeFile(temporary, pieces);
    await fileSystem.rename(temporary, path);
    await fileSystem.syncFolder(dirname(path));
  } catch (cause) {
    await fileSystem.remove(temporary).catch(() => undefined);
    const size = pieces.reduce((sum, { length }) => sum + length, 0);
    throw explainWriteFailure(path, size, cause);
  }
};
