import { mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { homedir, hostname } from "node:os";
import { join, resolve } from "node:path";
import { hasCode } from "./failure.ts";

/**
 * Where assets are kept: ACCORD_CACHE, else accord-rl/assets in XDG_CACHE_HOME, else in ~/.cache.
 */
export const defaultCacheFolder = (environment: NodeJS.ProcessEnv = process.env): string => {
  if (environment.ACCORD_CACHE) return resolve(environment.ACCORD_CACHE);
  return join(environment.XDG_CACHE_HOME || join(homedir(), ".cache"), "accord-rl", "assets");
};

const stagingPrefix = ".staging";
const host = hostname().replace(/[^A-Za-z0-9]/g, "_");

const isAlive = (processId: number): boolean => {
  try {
    process.kill(processId, 0);
    return true;
  } catch (error) {
    return !hasCode(error, "ESRCH");
  }
};

/** Removes what killed processes of this machine left. */
const removeStale = async (cacheFolder: string): Promise<void> => {
  for (const name of await readdir(cacheFolder)) {
    const [prefix, owner, processId] = name.split("-");
    if (prefix === stagingPrefix && owner === host && !isAlive(Number(processId))) {
      await rm(join(cacheFolder, name), { recursive: true, force: true });
    }
  }
};

/** A new folder beside the assets, of this process alone. */
export const createStaging = async (cacheFolder: string): Promise<string> => {
  await mkdir(cacheFolder, { recursive: true });
  await removeStale(cacheFolder);
  return mkdtemp(join(cacheFolder, `${stagingPrefix}-${host}-${process.pid}-`));
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
