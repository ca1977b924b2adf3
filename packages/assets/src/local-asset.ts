import { readdir, stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import type { FetchedAsset } from "./asset.ts";

/** A file or folder of the user as an asset: nothing is fetched, nothing verified; undefined = nothing is there. */
export const findLocal = async (path: string): Promise<FetchedAsset | undefined> => {
  const absolute = resolve(path);
  const found = await stat(absolute).catch(() => undefined);
  if (!found) return undefined;
  const name = basename(absolute);
  if (!found.isDirectory()) return { name, path: absolute, files: { [name]: absolute } };
  const entries = await readdir(absolute, { withFileTypes: true });
  const files = entries.filter((entry) => !entry.isDirectory()).map((entry) => entry.name);
  return {
    name,
    path: absolute,
    files: Object.fromEntries(files.map((file) => [file, join(absolute, file)])),
  };
};
