import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { CheckpointError, DataError } from "@accord-rl/core";

/** One file that a run reads. */
interface InputFile {
  readonly bytes: number;
  readonly sha256: string;
}

/** The files of each input, by the input's name and the file's path: what a resumed run must find unchanged. */
export type Inputs = Readonly<Record<string, Readonly<Record<string, InputFile>>>>;

/** Files of a model or data folder that can change what is read; others may come and go. */
const isRead = (name: string): boolean =>
  !name.startsWith(".") &&
  /\.(json|jsonl|yaml|yml|txt|csv|tsv|md|gz|parquet|safetensors|bin|gguf|model|jinja)$/i.test(name);

const hashFile = async (path: string): Promise<InputFile> => {
  const hash = createHash("sha256");
  let bytes = 0;
  await pipeline(createReadStream(path, { highWaterMark: 2 ** 20 }), async (chunks) => {
    for await (const chunk of chunks as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      hash.update(chunk);
    }
  });
  return { bytes, sha256: hash.digest("hex") };
};

/** A GGUF file may be one of several parts, which stand beside it. */
const partsOf = async (path: string): Promise<string[]> => {
  const [, start, count] = /^(.*)-\d{5}-of-(\d{5})\.gguf$/.exec(basename(path)) ?? [];
  if (start === undefined) return [path];
  const isPart = (name: string) => name.startsWith(`${start}-`) && name.endsWith(`-of-${count}.gguf`);
  return (await readdir(dirname(path)))
    .filter(isPart)
    .map((name) => join(dirname(path), name))
    .sort();
};

/** The files that a path stands for: itself, or those of its folder. None where nothing is there. */
const filesOf = async (path: string): Promise<string[]> => {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return undefined;
    throw error;
  });
  if (found === undefined) return [];
  if (!found.isDirectory()) return found.isFile() ? partsOf(path) : [];
  const entries = await readdir(path, { withFileTypes: true });
  const names = entries.filter((entry) => !entry.isDirectory() && isRead(entry.name));
  return names.map(({ name }) => join(path, name)).sort();
};

/**
 * Hashes the files that inputs stand for. What is no path (the name of an asset, a URL) has none.
 *
 * @param inputs  paths by name, relative to the current folder
 * @throws CheckpointError where a file is there and can't be read.
 */
export const hashInputs = async (inputs: Readonly<Record<string, string>>): Promise<Inputs> => {
  const hashed: [string, Readonly<Record<string, InputFile>>][] = [];
  for (const [name, value] of Object.entries(inputs)) {
    const files: [string, InputFile][] = [];
    try {
      for (const file of await filesOf(value.replace(/^path:/, ""))) files.push([file, await hashFile(file)]);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new CheckpointError({ path: value, message: `can't be read (${reason})`, cause });
    }
    hashed.push([name, Object.fromEntries(files)]);
  }
  return Object.fromEntries(hashed);
};

const describeChange = (before: InputFile | undefined, now: InputFile | undefined): string => {
  if (now === undefined) return "is gone";
  if (before === undefined) return "was added";
  const size = before.bytes === now.bytes ? "" : `${before.bytes} bytes, now ${now.bytes}; `;
  return `has changed (${size}sha256 ${before.sha256.slice(0, 12)}…, now ${now.sha256.slice(0, 12)}…)`;
};

/** @throws DataError naming the first file that is not what it was when the run was started. */
export const checkInputs = (before: Inputs, now: Inputs): void => {
  for (const [input, files] of Object.entries(before)) {
    const found = now[input] ?? {};
    if (Object.keys(files).length === 0) continue; // it was no path then
    for (const path of new Set([...Object.keys(files), ...Object.keys(found)])) {
      if (files[path]?.sha256 === found[path]?.sha256) continue;
      const change = describeChange(files[path], found[path]);
      const message = `${change} since this run was started, so the run can't be resumed. Put the original back, or start a new run with another --out`;
      throw new DataError({ path, message });
    }
  }
};
