import { basename, join, resolve } from "node:path";
import { AccordError, CheckpointError } from "@accord-rl/core";
import { type FileSystem, hasCode, nodeFileSystem } from "@accord-rl/files";
import { type Checkpoint, decodeCheckpoint, manifestName, tensorsName } from "./checkpoint-files.ts";
import { parseManifest } from "./manifest.ts";
import { previousFolder, rememberDamaged } from "./replace-folder.ts";
import type { CheckpointOptions } from "./save-checkpoint.ts";

/** The contents of a checkpoint folder. */
export interface ReadCheckpoint {
  /** The newest version that is intact; undefined where there is none. */
  readonly checkpoint: Checkpoint | undefined;
  /** One line for each newer version that is damaged: which file, and how. */
  readonly damage: readonly string[];
}

/** undefined where the file is not there. */
const readIfThere = async (path: string, fileSystem: FileSystem): Promise<Uint8Array | undefined> => {
  try {
    return await fileSystem.readFile(path);
  } catch (error) {
    if (hasCode(error, "ENOENT", "ENOTDIR")) return undefined;
    throw error;
  }
};

const manifestOf = async (folder: string, fileSystem: FileSystem): Promise<string | undefined> => {
  const bytes = await readIfThere(join(folder, manifestName), fileSystem);
  return bytes && new TextDecoder().decode(bytes);
};

/** One version of a checkpoint, or how it is damaged. */
const readVersion = async (
  folder: string,
  text: string,
  fileSystem: FileSystem,
): Promise<Checkpoint | string> => {
  const manifest = parseManifest(text, join(folder, manifestName));
  if (typeof manifest === "string") return manifest;
  const bytes = await readIfThere(join(folder, tensorsName), fileSystem);
  if (bytes === undefined) return `${tensorsName} is missing`;
  try {
    return decodeCheckpoint(manifest, bytes, tensorsName);
  } catch (error) {
    if (CheckpointError.isInstance(error)) return error.message;
    throw error;
  }
};

/** The versions from the newest on, until one is intact. */
const readVersions = async (
  path: string,
  newest: string | undefined,
  fileSystem: FileSystem,
): Promise<ReadCheckpoint> => {
  const damage: string[] = [];
  for (const folder of [path, previousFolder(path)]) {
    const text = folder === path ? newest : await manifestOf(folder, fileSystem);
    if (text === undefined) {
      if (folder === path && (await fileSystem.exists(folder)))
        damage.push(`${path}: ${manifestName} is missing`);
      continue;
    }
    const found = await readVersion(folder, text, fileSystem);
    if (typeof found !== "string") return { checkpoint: found, damage };
    damage.push(`${folder}: the checkpoint is damaged (${found})`);
  }
  return { checkpoint: undefined, damage };
};

const explainReadFailure = (path: string, cause: unknown): AccordError => {
  if (AccordError.isInstance(cause)) return cause;
  const reason = cause instanceof Error ? cause.message : String(cause);
  const advice = `Mend that and try again; if the disk has lost it, delete this folder, and the version before it (${basename(previousFolder(path))}) is loaded.`;
  return new CheckpointError({ path, message: `the checkpoint can't be read (${reason}). ${advice}`, cause });
};

/** Whether there is a checkpoint to load. */
export const hasCheckpoint = async (
  folder: string,
  { fileSystem = nodeFileSystem }: CheckpointOptions = {},
): Promise<boolean> => {
  const path = resolve(folder);
  // The first again at the end: a save may have finished between the two looks.
  for (const version of [path, previousFolder(path), path]) {
    if (await fileSystem.exists(join(version, manifestName))) return true;
  }
  return false;
};

/**
 * Reads the newest intact version of a checkpoint folder: the newest, or the one that was saved before it.
 *
 * @throws CheckpointError when the disk can't be read, or when another release wrote the checkpoint.
 */
export const readCheckpoint = async (
  folder: string,
  { fileSystem = nodeFileSystem }: CheckpointOptions = {},
): Promise<ReadCheckpoint> => {
  const path = resolve(folder);
  try {
    for (let newest = await manifestOf(path, fileSystem); ; ) {
      const found = await readVersions(path, newest, fileSystem);
      if (found.checkpoint !== undefined && found.damage.length === 0) return found;
      const now = await manifestOf(path, fileSystem);
      if (now === newest) {
        if (found.damage.length > 0) rememberDamaged(path);
        return found;
      }
      newest = now; // another process saved while this one read
    }
  } catch (cause) {
    throw explainReadFailure(path, cause);
  }
};

/** A checkpoint, and where the newest version was damaged, a line that says so: the version before it was loaded. */
export interface LoadedCheckpoint extends Checkpoint {
  readonly damage?: string;
}

/**
 * Reads a checkpoint folder; where the newest version is damaged, the one that was saved before it.
 *
 * @throws CheckpointError when there is none, or none is intact.
 */
export const loadCheckpoint = async (
  folder: string,
  options: CheckpointOptions = {},
): Promise<LoadedCheckpoint> => {
  const path = resolve(folder);
  const { checkpoint, damage } = await readCheckpoint(path, options);
  const text = damage.join("; ");
  if (checkpoint !== undefined)
    return text === "" ? checkpoint : { ...checkpoint, damage: `${text}; loaded the version before it` };
  if (text === "") throw new CheckpointError({ path, message: "no checkpoint is there" });
  throw new CheckpointError({ path, message: `no version is intact: ${text}. Load another checkpoint` });
};
