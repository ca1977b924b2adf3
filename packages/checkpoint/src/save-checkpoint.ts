import { join, resolve } from "node:path";
import { explainWriteFailure, type FileSystem, nodeFileSystem } from "@accord-rl/files";
import { type Checkpoint, encodeCheckpoint, manifestName, tensorsName } from "./checkpoint-files.ts";
import { recoverFolder, replaceFolder, savingFolder } from "./replace-folder.ts";

export interface CheckpointOptions {
  /** Default: the disk. */
  readonly fileSystem?: FileSystem;
}

/** Saves to one folder go one after the other, as when Ctrl-C saves while a save is under way. */
const lastSaves = new Map<string, Promise<void>>();

const inTurn = async (path: string, save: () => Promise<void>): Promise<void> => {
  const turn = (lastSaves.get(path) ?? Promise.resolve()).catch(() => undefined).then(save);
  lastSaves.set(path, turn);
  try {
    await turn;
  } finally {
    if (lastSaves.get(path) === turn) lastSaves.delete(path);
  }
};

/**
 * Writes a checkpoint folder, or replaces one: a reader, and a crash at any moment, find the old one or the new.
 * The version before stays beside it, as `FOLDER.previous`, for the case that the newest one gets damaged.
 * One process may save to a folder at a time; any number may load it.
 *
 * @throws CheckpointError when it can't be written (as on a full disk): the old checkpoint is intact then.
 *   InvalidArgumentError when a state can't be stored.
 */
export const saveCheckpoint = async (
  folder: string,
  checkpoint: Checkpoint,
  { fileSystem = nodeFileSystem }: CheckpointOptions = {},
): Promise<void> => {
  const path = resolve(folder);
  const saving = savingFolder(path);
  const { tensors, manifest, bytes } = encodeCheckpoint(checkpoint);
  const write = async (): Promise<void> => {
    await fileSystem.makeFolder(saving);
    await fileSystem.writeFile(join(saving, tensorsName), tensors);
    await fileSystem.writeFile(join(saving, manifestName), [manifest]);
    await fileSystem.syncFolder(saving);
    await replaceFolder(path, fileSystem);
  };
  await inTurn(path, async () => {
    try {
      await recoverFolder(path, fileSystem);
      await write().catch(async (error: unknown) => {
        await fileSystem.remove(saving).catch(() => undefined);
        throw error;
      });
    } catch (cause) {
      throw explainWriteFailure(path, bytes, cause);
    }
  });
};
