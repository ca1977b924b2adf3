import { access, constants, mkdir, open, readdir, rename, rm } from "node:fs/promises";
import { hasCode } from "./failure.ts";

/** The few file operations that checkpoints need; another one can be given, to store elsewhere or to test failures. */
export interface FileSystem {
  /** @throws where the disk can't tell: false is said only of what is surely not there. */
  exists(path: string): Promise<boolean>;
  /** Names in a folder. */
  list(folder: string): Promise<readonly string[]>;
  readFile(path: string): Promise<Uint8Array>;
  /** Writes a new file, or over an old one, and waits until it is on the disk. */
  writeFile(path: string, pieces: readonly Uint8Array[]): Promise<void>;
  /** In one step; a file replaces a file, a folder only an empty one. */
  rename(from: string, to: string): Promise<void>;
  /** With everything in it; nothing happens where nothing is. */
  remove(path: string): Promise<void>;
  /** With its parents. */
  makeFolder(path: string): Promise<void>;
  /** Waits until the folder's names are on the disk. */
  syncFolder(path: string): Promise<void>;
}

/** One system call moves at most 2 GiB. */
const maxTransfer = 2 ** 30;

const writeAll = async (path: string, pieces: readonly Uint8Array[]): Promise<void> => {
  const handle = await open(path, "w");
  try {
    for (const piece of pieces) {
      for (let at = 0; at < piece.length; ) {
        const { bytesWritten } = await handle.write(piece, at, Math.min(piece.length - at, maxTransfer));
        at += bytesWritten;
      }
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
};

const readAll = async (path: string): Promise<Uint8Array> => {
  const handle = await open(path, "r");
  try {
    const { size } = await handle.stat();
    const bytes = new Uint8Array(size);
    let at = 0;
    while (at < size) {
      const { bytesRead } = await handle.read(bytes, at, Math.min(size - at, maxTransfer));
      if (bytesRead === 0) break;
      at += bytesRead;
    }
    return bytes.subarray(0, at);
  } finally {
    await handle.close();
  }
};

const syncFolder = async (path: string): Promise<void> => {
  if (process.platform === "win32") return; // folders can't be opened there
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
};

/** The disk. */
export const nodeFileSystem: FileSystem = {
  exists: (path) =>
    access(path, constants.F_OK).then(
      () => true,
      (error: unknown) => {
        if (hasCode(error, "ENOENT", "ENOTDIR")) return false;
        throw error;
      },
    ),
  list: (folder) => readdir(folder),
  readFile: readAll,
  writeFile: writeAll,
  rename,
  remove: (path) => rm(path, { recursive: true, force: true }),
  makeFolder: async (path) => {
    await mkdir(path, { recursive: true });
  },
  syncFolder,
};
