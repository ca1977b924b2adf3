import { dirname } from "node:path";
import { CheckpointError } from "@accord-rl/core";
import type { FileSystem } from "@accord-rl/files";
import { manifestName, tensorsName } from "./checkpoint-files.ts";

/** Where a new version of a folder is written before it takes the folder's place. */
export const savingFolder = (folder: string): string => `${folder}.saving`;

/** The version before, for the case that the newest one is damaged. */
export const previousFolder = (folder: string): string => `${folder}.previous`;

/** Folders whose newest version this process found damaged when it loaded them. */
const damaged = new Set<string>();

/** Lets the next save replace the damaged version, and keep the one before it. */
export const rememberDamaged = (folder: string): void => {
  damaged.add(folder);
};

/** @throws CheckpointError when a folder that is to go holds anything but a checkpoint's files. */
const checkReplaceable = async (folder: string, fileSystem: FileSystem): Promise<void> => {
  if (!(await fileSystem.exists(folder))) return;
  const foreign = (await fileSystem.list(folder)).find(
    (name) => name !== manifestName && name !== tensorsName,
  );
  if (foreign === undefined) return;
  const message = `the folder holds "${foreign}", so it is no checkpoint and is not replaced; choose another folder`;
  throw new CheckpointError({ path: folder, message });
};

/**
 * Puts back the version before where a crash fell between the two renames, or where the newest is damaged, and
 * removes what a crash left. Only the one who saves may call it.
 */
export const recoverFolder = async (folder: string, fileSystem: FileSystem): Promise<void> => {
  const previous = previousFolder(folder);
  for (const path of [folder, previous, savingFolder(folder)]) await checkReplaceable(path, fileSystem);
  await fileSystem.remove(savingFolder(folder));
  if (!(await fileSystem.exists(previous))) return;
  if (damaged.has(folder)) await fileSystem.remove(folder);
  if (!(await fileSystem.exists(folder))) await fileSystem.rename(previous, folder);
  damaged.delete(folder);
};

/**
 * Replaces a folder by `folder.saving`, and keeps what it was as `folder.previous`. No call of every system swaps two
 * folders, so there is a moment in which only `folder.previous` and the complete `folder.saving` exist: readers take
 * the former then.
 */
export const replaceFolder = async (folder: string, fileSystem: FileSystem): Promise<void> => {
  const previous = previousFolder(folder);
  const isThere = await fileSystem.exists(folder);
  if (isThere) {
    await fileSystem.remove(previous);
    await fileSystem.rename(folder, previous);
  }
  try {
    await fileSystem.rename(savingFolder(folder), folder);
  } catch (error) {
    if (isThere) await fileSystem.rename(previous, folder);
    throw error;
  }
  await fileSystem.syncFolder(dirname(folder));
};
