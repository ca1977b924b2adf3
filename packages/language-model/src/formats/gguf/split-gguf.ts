import { access } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { CheckpointError } from "@accord-rl/core";
import { type GgufFile, readGguf } from "./read-gguf.ts";

/** More parts than any model has are damage. */
const mostParts = 10_000;

/** Where all parts of a file are, by the name that gguf-split gives the first. */
const partPaths = (path: string, count: number): readonly string[] => {
  const fail = (message: string): never => {
    throw new CheckpointError({ path, message });
  };
  if (count > mostParts) fail(`it claims to be one of ${count} parts, expected ${mostParts} at most`);
  const digits = (n: number) => String(n).padStart(5, "0");
  const ending = `-of-${digits(count)}.gguf`;
  const name = basename(path);
  if (!name.endsWith(`-${digits(1)}${ending}`)) {
    fail(
      `it is a part of a model in ${count} parts; load the first, whose name ends in -${digits(1)}${ending}`,
    );
  }
  const prefix = name.slice(0, -`-${digits(1)}${ending}`.length);
  return Array.from({ length: count }, (_, i) => join(dirname(path), `${prefix}-${digits(i + 1)}${ending}`));
};

const firstMissing = async (paths: readonly string[]): Promise<string | undefined> => {
  for (const path of paths) {
    const isThere = await access(path).then(
      () => true,
      () => false,
    );
    if (!isThere) return path;
  }
  return undefined;
};

/** The tensors of all parts as those of one file; the first part's metadata describe the model. */
const joined = (files: readonly GgufFile[]): GgufFile => {
  const [first, ...others] = files as [GgufFile, ...GgufFile[]];
  const owners = new Map<string, GgufFile>();
  for (const file of files) {
    for (const name of file.tensors.keys()) {
      const other = owners.get(name);
      if (other !== undefined) {
        const message = `tensor "${name}" is in ${basename(other.path)} too; the parts are of two models`;
        throw new CheckpointError({ path: file.path, message });
      }
      owners.set(name, file);
    }
  }
  const expected = first.metadata["split.tensors.count"];
  if (typeof expected === "number" && expected !== owners.size) {
    const message = `its ${files.length} parts hold ${owners.size} tensors, expected ${expected}; they are of two models`;
    throw new CheckpointError({ path: first.path, message });
  }
  return {
    ...first,
    tensors: new Map([...owners].map(([name, file]) => [name, file.tensors.get(name)!])),
    readTensor: (name, target) => (owners.get(name) ?? first).readTensor(name, target),
    close: async () => {
      for (const file of [first, ...others]) await file.close();
    },
  };
};

/**
 * Opens a GGUF file with all its parts, where it was split by llama.cpp's gguf-split.
 *
 * @param path  of the file, or of the first part
 * @throws CheckpointError when it can't be read, or naming the first part that is missing.
 */
export const openGguf = async (path: string): Promise<GgufFile> => {
  const first = await readGguf(path);
  const files = [first];
  try {
    const count = first.metadata["split.count"];
    if (typeof count !== "number" || count < 2) return first;
    const paths = partPaths(path, count);
    const missing = await firstMissing(paths);
    if (missing !== undefined) {
      const message = `it is the first of ${count} parts, and ${missing} is missing; put all parts into one folder`;
      throw new CheckpointError({ path, message });
    }
    for (const each of paths.slice(1)) files.push(await readGguf(each));
    return joined(files);
  } catch (error) {
    for (const file of files) await file.close();
    throw error;
  }
};
