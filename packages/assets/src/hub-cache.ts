import { createReadStream } from "node:fs";
import { mkdir, readFile, rename, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beginDigests, difference, type HubFile } from "./hub-client.ts";

/** Size and sha256 (hex) of each file, as they were when they came. */
export type Hashes = Readonly<Record<string, { readonly bytes: number; readonly sha256: string }>>;

export const isCommit = (revision: string): boolean => /^[0-9a-f]{40}$/.test(revision);

export const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

/** A folder for each repository: where "--" in a name could mean two of them, the slash is encoded instead. */
const repositoryFolder = (cacheFolder: string, name: string): string =>
  join(cacheFolder, "hub", name.includes("--") ? encodeURIComponent(name) : name.replace("/", "--"));

const writeWhole = async (folder: string, name: string, text: string): Promise<void> => {
  await mkdir(folder, { recursive: true });
  const beside = join(folder, `.${name}.${process.pid}`);
  await writeFile(beside, text);
  await rename(beside, join(folder, name));
};

/** Commits that revisions had when they were last asked for: what is there when the hub is not. */
export const rememberedCommit = (cacheFolder: string, name: string, revision: string) => {
  const folder = join(repositoryFolder(cacheFolder, name), "revisions");
  const file = encodeURIComponent(revision);
  return {
    read: async (): Promise<string | undefined> => {
      const commit = await readFile(join(folder, file), "utf8").catch(() => "");
      return isCommit(commit) ? commit : undefined;
    },
    write: (commit: string): Promise<void> => writeWhole(folder, file, commit),
  };
};

const isHashes = (value: unknown): value is Hashes =>
  typeof value === "object" &&
  value !== null &&
  Object.values(value as Record<string, Partial<Hashes[string]> | null>).every(
    (entry) => typeof entry?.bytes === "number" && /^[0-9a-f]{64}$/.test(entry.sha256 ?? ""),
  );

/** One commit of a model on this machine. */
export interface CachedModel {
  readonly commit: string;
  readonly folder: string;
  /** Undefined where nothing was recorded, by an earlier version or because the record is damaged. */
  readHashes(): Promise<Hashes | undefined>;
  /** Before the files appear: files without their hashes are trusted less. */
  writeHashes(hashes: Hashes): Promise<void>;
}

export const cachedModel = (cacheFolder: string, name: string, commit: string): CachedModel => {
  const repository = repositoryFolder(cacheFolder, name);
  const records = join(repository, "hashes");
  return {
    commit,
    folder: join(repository, commit),
    readHashes: async () => {
      try {
        const value: unknown = JSON.parse(await readFile(join(records, `${commit}.json`), "utf8"));
        return isHashes(value) ? value : undefined;
      } catch {
        return undefined;
      }
    },
    writeHashes: (hashes) => writeWhole(records, `${commit}.json`, `${JSON.stringify(hashes, null, 2)}\n`),
  };
};

/** Reads the files of a folder. @returns what is wrong with some of them, and the hashes of the others. */
export const findProblems = async (
  folder: string,
  files: readonly HubFile[],
): Promise<{ readonly problems: ReadonlyMap<string, string>; readonly hashes: Hashes }> => {
  const problems = new Map<string, string>();
  const hashes: Record<string, Hashes[string]> = {};
  for (const file of files) {
    const path = join(folder, file.name);
    const bytes = await stat(path).then(
      (found) => (found.isFile() ? found.size : undefined),
      () => undefined,
    );
    if (bytes === undefined) {
      problems.set(file.name, "is not there");
      continue;
    }
    const digests = beginDigests(bytes);
    for await (const piece of createReadStream(path, { highWaterMark: 2 ** 20 })) {
      digests.sha256.update(piece as Uint8Array);
      digests.blobSha1.update(piece as Uint8Array);
    }
    const found = { sha256: digests.sha256.digest("hex"), blobSha1: digests.blobSha1.digest("hex") };
    const problem = difference(file, bytes, found);
    if (problem === undefined) hashes[file.name] = { bytes, sha256: found.sha256 };
    else problems.set(file.name, problem);
  }
  return { problems, hashes };
};
