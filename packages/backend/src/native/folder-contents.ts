import { readdirSync, rmSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { pointedFolder } from "./manifest.ts";

/** Deletes what no installation uses: older ones, and what interrupted ones left. Only under the lock. */
export const removeLeftovers = (root: string): void => {
  const kept = (["cpu", "gpu"] as const).map((kind) => pointedFolder(root, kind));
  for (const name of readdirSync(root)) {
    if (/^(cpu|gpu)-|\.new$/.test(name) && !kept.includes(name)) {
      rmSync(join(root, name), { recursive: true, force: true, maxRetries: 5 });
    }
  }
};

/** Sizes of every file that is loaded: all but headers. */
export const measureFiles = (staging: string, pythonPackage: string | null): Record<string, number> => {
  const files: Record<string, number> = {};
  for (const entry of readdirSync(staging, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile() && !path.endsWith(".h")) files[relative(staging, path)] = statSync(path).size;
  }
  if (pythonPackage !== null) {
    for (const name of readdirSync(pythonPackage).filter((name) => /^libtensorflow.*\.so/.test(name))) {
      files[join(pythonPackage, name)] = statSync(join(pythonPackage, name)).size;
    }
  }
  return files;
};
