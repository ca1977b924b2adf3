import { type FileSystem, nodeFileSystem } from "@accord-rl/files";

const systemError = (code: string): Error => Object.assign(new Error(code), { code });

/** The first half of what should have been written. */
const firstHalf = (pieces: readonly Uint8Array[]): Uint8Array[] =>
  pieces.map((piece) => piece.subarray(0, piece.length / 2));

/**
 * The disk until the operation `crashAt`, which fails, as does everything after it: so that nothing cleans up.
 * `isPartial`: a write that fails leaves half of its bytes, a removal half of its files.
 */
export const breakingFileSystem = ({
  crashAt,
  isPartial,
}: {
  crashAt: number;
  isPartial: boolean;
}): FileSystem => {
  let operations = 0;
  const attempt = async <T>(run: () => Promise<T>, half?: () => Promise<unknown>): Promise<T> => {
    if (operations++ < crashAt) return run();
    if (isPartial && operations === crashAt + 1) await half?.();
    throw systemError("EIO");
  };
  const { exists, list, readFile, writeFile, rename, remove, makeFolder, syncFolder } = nodeFileSystem;
  return {
    exists: (path) => attempt(() => exists(path)),
    list: (path) => attempt(() => list(path)),
    readFile: (path) => attempt(() => readFile(path)),
    writeFile: (path, pieces) =>
      attempt(
        () => writeFile(path, pieces),
        () => writeFile(path, firstHalf(pieces)),
      ),
    rename: (from, to) => attempt(() => rename(from, to)),
    remove: (path) =>
      attempt(
        () => remove(path),
        () => remove(`${path}/manifest.json`),
      ),
    makeFolder: (path) => attempt(() => makeFolder(path)),
    syncFolder: (path) => attempt(() => syncFolder(path)),
  };
};

/** A disk on which a write fits only by half. */
export const fullDisk: FileSystem = {
  ...nodeFileSystem,
  writeFile: async (path, pieces) => {
    await nodeFileSystem.writeFile(path, firstHalf(pieces));
    throw systemError("ENOSPC");
  },
};
