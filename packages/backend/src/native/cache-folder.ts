import { homedir } from "node:os";
import { join, resolve } from "node:path";

/** Where native TensorFlow is kept: the folder native of ACCORD_CACHE, else accord-rl/native in the user's cache. */
export const nativeFolder = (environment: NodeJS.ProcessEnv): string => {
  if (environment.ACCORD_CACHE) return resolve(environment.ACCORD_CACHE, "native");
  return resolve(environment.XDG_CACHE_HOME || join(homedir(), ".cache"), "accord-rl", "native");
};
