import { mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { isDeadTag, processTag } from "@accord-rl/files";
import { hasCode } from "./failure.ts";

/**
 * Where assets are kept: ACCORD_CACHE, else accord-rl/assets in XDG_CACHE_HOME, else in ~/.cache.
 */
export const defaultCacheFolder = (environment: NodeJS.ProcessEnv = process.env): string => {
  if (environment.ACCORD_CACHE) return resolve(environment.ACCORD_CACHE);
  return join(environment.XDG_CACHE_HOME || join(homedir(), ".cache"), "accord-rl", "assets");
};

const stagingPrefix = ".staging";
const stagingName = /^\.staging-(\d+-[0-9a-f]{8}-[0-9a-f]{8})-/;

/** Removes what killed processes of this machine left. */
const removeStale = async (cacheFolder: string): Promise<void> => {
  for (const name of await readdir(cacheFolder)) {
    const tag = stagingName.exec(name)?.[1];
    if (tag !== undefined && isDeadTag(tag))
      await rm(join(cacheFolder, name), { recursive: true, force: true });
  }
};

/** A new folder beside the assets, of this process alone. */
export const createStaging = async (cacheFolder: string): Promise<string> => {
  await mkdir(cacheFolder, { recursive: true });
  await removeStale(cacheFolder);
  return mkdtemp(join(cacheFolder, `${stagingPrefix}-${processTag()}-`));
};

/** Moves a finished folder into its place in one step; false = another one is there. */
export const publish = async (folder: string, target: string): Promise<boolean> => {
  try {
    await rename(folder, target);
    return true;
  } catch (error) {
    if (hasCode(error, "ENOTEMPTY", "EEXIST", "EPERM", "ENOTDIR")) return false;
    throw error;
  }
};
