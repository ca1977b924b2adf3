import { existsSync, rmSync } from "node:fs";
import { nativeFolder } from "./cache-folder.ts";
import { removeLeftovers } from "./folder-contents.ts";
import { takeLock } from "./lock.ts";
import { type NativeKind, pointerPath } from "./manifest.ts";
import type { System } from "./system.ts";

/** Removes what was installed of the given kinds. @returns the kinds that were there. */
export const uninstallNative = (system: System, kinds: readonly NativeKind[]): NativeKind[] => {
  const root = nativeFolder(system.environment);
  if (!existsSync(root)) return [];
  const unlock = takeLock(root);
  try {
    const present = kinds.filter((kind) => existsSync(pointerPath(root, kind)));
    for (const kind of present) rmSync(pointerPath(root, kind));
    removeLeftovers(root);
    return present;
  } finally {
    unlock();
  }
};
