import { join, resolve } from "node:path";
import { AccordError, CheckpointError } from "@accord-rl/core";
import { type Checkpoint, decodeCheckpoint, manifestName, tensorsName } from "./checkpoint-files.ts";
import { hasCode } from "./failure.ts";
import { type FileSystem, nodeFileSystem } from "./file-system.ts";
import { parseManifest } from "./manifest.ts";
import { previousFolder } from "./replace-folder.ts";
import type { CheckpointOptions } from "./save-checkpoint.ts";

interface Found {
  readonly folder: string;
  readonly manifest: string;
}

/** The manifest of the newest complete version; undefined when there is none. */
const findVersion = async (path: string, fileSystem: FileSystem): Promise<Found | undefined> => {
  // The first again at the end: a save may have finished between the two looks.
  for (const folder of [path, previousFolder(path), path]) {
    try {
      const manifest = new TextDecoder().decode(await fileSystem.readFile(join(folder, manifestName)));
      return { folder, manifest };
    } catch (error) {
      if (!hasCode(error, "ENOENT", "ENOTDIR")) throw error;
    }
  }
  return undefined;
};

const readVersion = async ({ folder, manifest }: Found, fileSystem: FileSystem): Promise<Checkpoint> => {
  const parsed = parseManifest(manifest, join(folder, manifestName));
  const path = join(folder, tensorsName);
  return decodeCheckpoint(parsed, await fileSystem.readFile(path), path);
};

const explainReadFailure = (path: string, cause: unknown): AccordError => {
  if (AccordError.isInstance(cause)) return cause;
  const message = `the checkpoint can't be read (${cause instanceof Error ? cause.message : cause})`;
  return new CheckpointError({ path, message, cause });
};

/** Whether there is a checkpoint to load. */
export const hasCheckpoint = async (
  folder: string,
  { fileSystem = nodeFileSystem }: CheckpointOptions = {},
): Promise<boolean> => (await findVersion(resolve(folder), fileSystem)) !== undefined;

/**
 * Reads a checkpoint folder.
 * @throws CheckpointError when there is none, or it is damaged, or its two files belong to different saves.
 */
export const loadCheckpoint = async (
  folder: string,
  { fileSystem = nodeFileSystem }: CheckpointOptions = {},
): Promise<Checkpoint> => {
  const path = resolve(folder);
  try {
    let found = await findVersion(path, fileSystem);
    for (;;) {
      if (found === undefined) {
        throw new CheckpointError({ path, message: "no checkpoint is there" });
      }
      try {
        return await readVersion(found, fileSystem);
      } catch (error) {
        const now = await findVersion(path, fileSystem);
        if (now === undefined || now.manifest === found.manifest) throw error;
        found = now; // another process saved while this one read
      }
    }
  } catch (cause) {
    throw explainReadFailure(path, cause);
  }
};
