import { existsSync, mkdirSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { AccordError } from "@accord-rl/core";

const reasons: Readonly<Record<string, string>> = {
  ENOSPC: "the disk is full",
  EDQUOT: "the disk quota is used up",
  EFBIG: "the file would be larger than the system allows",
  EROFS: "the disk is read-only",
  EACCES: "permission denied",
  EPERM: "permission denied",
  EIO: "the disk reports an error",
  ENOENT: "its folder is not there, or can't be made",
  ENOTDIR: "a part of the path is a file",
  EMFILE: "too many files are open",
};

/** A failed write as one clear error; what can't be explained is given back as it is. */
export const diskError = (path: string, error: unknown): unknown => {
  const reason = reasons[(error as NodeJS.ErrnoException | null)?.code ?? ""];
  if (reason === undefined) return error;
  return new AccordError(`${path}: can't be written, ${reason}. What was saved before is intact.`, {
    cause: error,
  });
};

/** Writes all of the bytes: one call may write fewer. */
export const writeAll = (descriptor: number, bytes: Uint8Array): void => {
  for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at, bytes.length - at);
};

/** Makes a folder and those above it. Node's own recursive mkdir never returns for folders below /proc. */
export const makeFolder = (path: string): void => {
  if (existsSync(path)) return;
  const parent = dirname(path);
  if (parent !== path) makeFolder(parent); // a drive that is not there is its own parent
  try {
    mkdirSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw diskError(path, error);
  }
};
