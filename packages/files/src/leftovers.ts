import { join } from "node:path";
import { type FileSystem, nodeFileSystem } from "./file-system.ts";
import { isDeadTag, processTag } from "./process-identity.ts";

let files = 0;

/** A name beside `path` that no other writer has. It says which process made it, so that others can clean up. */
export const temporaryPath = (path: string): string => `${path}.${processTag()}-${files++}.saving`;

const pattern = /\.(\d+-[0-9a-f]{8}-[0-9a-f]{8})-\d+\.saving$/;

/**
 * Removes the temporary files of processes that were killed while they wrote into a folder. Those of live processes,
 * and of other machines, stay. Cleaning up is a courtesy: a failure is not reported.
 */
export const removeLeftovers = async (
  folder: string,
  { fileSystem = nodeFileSystem }: { readonly fileSystem?: FileSystem } = {},
): Promise<void> => {
  try {
    for (const name of await fileSystem.list(folder)) {
      const tag = pattern.exec(name)?.[1];
      if (tag !== undefined && isDeadTag(tag)) await fileSystem.remove(join(folder, name));
    }
  } catch {
    // The write that follows meets the same problem and says so.
  }
};
