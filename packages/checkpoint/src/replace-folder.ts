import { dirname } from "node:path";
import { CheckpointError } from "@accord-rl/core";
import { manifestName, tensorsName } from "./checkpoint-files.ts";
import type { FileSystem } from "./file-system.ts";

/** Where a new version of a folder is written before it takes the folder's place. */
export const savingFolder = (folder: string): string => `${folder}.saving`;

/** Where the old version waits while the new one takes its place. */
export const previousFolder = (folder: string): string => `${folder}.previous`;

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
 * Puts back the old version where a crash fell between the two renames, and removes what a crash left.
 * Only the one who saves may call it.
 */
export const recoverFolder = async (folder: string, fileSystem: FileSystem): Promise<void> => {
  const previous = previousFolder(folder);
  for (const path of [folder, previous, savingFolder(folder)]) await checkReplaceable(path, fileSystem);
  await fileSystem.remove(savingFolder(folder));
  if (!(await fileSystem.exists(previous))) return;
  if (await fileSystem.exists(folder)) await fileSystem.remove(previous);
  else await fileSystem.rename(previous, folder);
};

/**
 * Replaces a folder by `folder.saving`. No call of every system swaps two folders, so there is a moment in which
 * only `folder.previous` and the complete `folder.saving` exist: readers take the former then.
 */
export const replaceFolder = async (folder: string, fileSystem: FileSystem): Promise<void> => {
  const previous = previousFolder(folder);
  const isThere = await fileSystem.exists(folder);
  if (isThere) await fileSystem.rename(folder, previous);
  try {
    await fileSystem.rename(savingFolder(folder), folder);
  } catch (error) {
    if (isThere) await fileSystem.rename(previous, folder);
    throw error;
  }
  await fileSystem.syncFolder(dirname(folder));
  if (isThere) await fileSystem.remove(previous).catch(() => undefined); // else the next save removes it
};
