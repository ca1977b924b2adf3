import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { AccordError } from "@accord-rl/core";

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
};

/** Lets one process at a time change the folder. A lock whose owner is gone counts as none. */
export const takeLock = (root: string): (() => void) => {
  const path = join(root, "lock");
  for (let attempt = 0; ; attempt++) {
    try {
      writeFileSync(path, String(process.pid), { flag: "wx" });
      return () => rmSync(path, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    const owner = Number.parseInt(readFileSync(path, "utf8"), 10);
    if (attempt > 0 || (Number.isInteger(owner) && isAlive(owner))) {
      throw new AccordError(
        `another accord-native (process ${owner}) is at work in ${root}: wait for it to end`,
      );
    }
    rmSync(path, { force: true });
  }
};
