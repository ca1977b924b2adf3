import { existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { InvalidArgumentError } from "@accord-rl/core";
import { diskError } from "./disk.ts";

interface Owner {
  readonly pid: number;
  readonly host: string;
  /** When the process began, in the kernel's ticks: tells a process from a later one with the same id. */
  readonly began?: string;
}

/** Field 22 of /proc/PID/stat; undefined where there is no /proc. The name in field 2 may hold spaces. */
const beganAt = (pid: number): string | undefined => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  } catch {
    return undefined;
  }
};

const isAlive = ({ pid, host, began }: Owner): boolean => {
  if (host !== hostname()) return true;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
  return began === undefined || beganAt(pid) === undefined || beganAt(pid) === began;
};

/** A lock without a readable owner belongs to a process that is just writing it, or died doing so. */
const isHeld = (path: string, text: string): boolean => {
  try {
    return isAlive(JSON.parse(text) as Owner);
  } catch {
    return Date.now() - statSync(path).mtimeMs < 10_000;
  }
};

const isCode = (error: unknown, ...codes: string[]): boolean =>
  codes.includes((error as NodeJS.ErrnoException | null)?.code ?? "");

/** Moves a dead owner's lock away; puts it back where another process took it over in the meantime. */
const removeStale = (path: string, expected: string): void => {
  const aside = `${path}.${process.pid}.stale`;
  try {
    renameSync(path, aside);
    const found = readFileSync(aside, "utf8");
    if (found !== expected) writeFileSync(path, found, { flag: "wx" });
  } catch (error) {
    if (!isCode(error, "ENOENT", "EEXIST")) throw error;
  } finally {
    rmSync(aside, { force: true });
  }
};

/** @returns whether the lock is ours now. */
const tryLock = (path: string, mine: string): boolean => {
  try {
    writeFileSync(path, mine, { flag: "wx" });
    return true;
  } catch (error) {
    if (isCode(error, "EEXIST")) return false;
    throw diskError(path, error);
  }
};

/**
 * Takes a lock file, so that two processes never write the same run, cache or list of labels.
 * A lock whose process is gone is taken over.
 *
 * @param describeHeld  what to tell the user when `who` holds the lock
 * @returns a function that releases it.
 * @throws InvalidArgumentError where another process holds it.
 */
export const takeLock = (path: string, describeHeld: (who: string, path: string) => string): (() => void) => {
  const began = beganAt(process.pid);
  const mine = JSON.stringify({
    pid: process.pid,
    host: hostname(),
    ...(began === undefined ? {} : { began }),
  });
  for (let attempt = 0; !tryLock(path, mine); attempt++) {
    const held = existsSync(path) ? readFileSync(path, "utf8") : "";
    if (attempt === 5 || (existsSync(path) && isHeld(path, held))) {
      const owner = /"pid":(\d+),"host":("[^"]*")/.exec(held);
      const who = owner ? `process ${owner[1]} on ${owner[2]}` : "another process";
      throw new InvalidArgumentError({ argument: "out", value: path, message: describeHeld(who, path) });
    }
    if (existsSync(path)) removeStale(path, held);
  }
  return () => {
    if (existsSync(path) && readFileSync(path, "utf8") === mine) rmSync(path, { force: true });
  };
};
