import { createHash } from "node:crypto";
import { linkSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { InvalidArgumentError } from "@accord-rl/core";
import { diskError } from "./disk.ts";
import { hasCode } from "./failure.ts";
import { temporaryPath } from "./leftovers.ts";
import { isAlive, type ProcessIdentity, thisProcess } from "./process-identity.ts";

/** How long an unreadable lock may take to be written, ms: only where the disk knows no hard links. */
const writingTime = 100;
/** How long to wait while another process takes a dead one's lock away, ms. */
const removingTime = 10;

const wait = (milliseconds: number): void => {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
};

/** Cleans up as far as the disk allows: a failure here must not hide the error that came before. */
const attempt = (cleanUp: () => void): void => {
  try {
    cleanUp();
  } catch {
    // What stays belongs to a process that will be gone, so it is no obstacle.
  }
};

/** The lock's text; undefined where there is no lock. */
const read = (path: string): string | undefined => {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw diskError(path, error);
  }
};

const ownerOf = (text: string): ProcessIdentity | undefined => {
  try {
    const { pid, host, began } = JSON.parse(text) as Partial<ProcessIdentity>;
    if (!Number.isInteger(pid) || typeof host !== "string") return undefined;
    return { pid: pid as number, host, ...(typeof began === "string" ? { began } : {}) };
  } catch {
    return undefined;
  }
};

const isHeld = (path: string, text: string): boolean => {
  const owner = ownerOf(text);
  if (owner !== undefined) return isAlive(owner);
  wait(writingTime);
  return read(path) !== text; // who writes it has finished by now, or has died
};

/** Creates the lock with its text in one step. @returns false where there is one already. */
const create = (path: string, text: string): boolean => {
  const temporary = temporaryPath(path);
  try {
    writeFileSync(temporary, text, { flag: "wx" });
    try {
      linkSync(temporary, path);
    } catch (error) {
      if (hasCode(error, "EEXIST")) return false;
      // exFAT and some network disks have no hard links.
      writeFileSync(path, text, { flag: "wx" });
    }
    return true;
  } catch (error) {
    if (hasCode(error, "EEXIST")) return false;
    throw diskError(path, error);
  } finally {
    attempt(() => rmSync(temporary, { force: true }));
  }
};

/** The right to remove one dead owner's lock. Its name is made of that lock's text, which never comes back. */
const claimOf = (path: string, stale: string): string =>
  `${path}.${createHash("sha256").update(stale).digest("hex").slice(0, 12)}.claim`;

/**
 * Removes a dead owner's lock. Only the holder of the claim may, and it looks again first: so nobody removes the
 * lock of a process that took over in the meantime.
 */
const removeStale = (path: string, stale: string): void => {
  const claim = claimOf(path, stale);
  const mine = lockText();
  if (!acquire(claim, mine)) {
    wait(removingTime);
    return;
  }
  try {
    if (read(path) === stale) rmSync(path, { force: true });
  } finally {
    release(claim, mine);
  }
};

/** Claims whose holder was killed; the locks that they were for are gone. */
const removeDeadClaims = (path: string): void => {
  const prefix = `${basename(path)}.`;
  const claims = readdirSync(dirname(path)).filter(
    (name) => name.startsWith(prefix) && name.endsWith(".claim"),
  );
  for (const claim of claims.map((name) => join(dirname(path), name))) {
    const owner = ownerOf(read(claim) ?? "");
    if (owner !== undefined && !isAlive(owner)) rmSync(claim, { force: true });
  }
};

let locks = 0;

/** No two locks have the same text, also not of one process. */
const lockText = (): string => JSON.stringify({ ...thisProcess(), number: locks++ });

/** @returns whether the lock is ours now. */
const acquire = (path: string, text: string): boolean => {
  for (let round = 0; round < 5; round++) {
    if (create(path, text)) return true;
    const held = read(path);
    if (held === undefined) continue; // released in the meantime
    if (isHeld(path, held)) return false;
    removeStale(path, held);
  }
  return false;
};

const release = (path: string, text: string): void => {
  attempt(() => {
    if (read(path) === text) rmSync(path, { force: true });
  });
};

/**
 * Takes a lock file, so that two processes never write the same run, cache or list of labels.
 * A lock whose process is gone is taken over, and so is one that can't be read.
 *
 * @param describeHeld  what to tell the user when `who` holds the lock
 * @returns a function that releases it.
 * @throws InvalidArgumentError where another process holds it.
 */
export const takeLock = (path: string, describeHeld: (who: string, path: string) => string): (() => void) => {
  const mine = lockText();
  if (!acquire(path, mine)) {
    const owner = ownerOf(read(path) ?? "");
    const who = owner ? `process ${owner.pid} on ${JSON.stringify(owner.host)}` : "another process";
    throw new InvalidArgumentError({ argument: "out", value: path, message: describeHeld(who, path) });
  }
  attempt(() => removeDeadClaims(path));
  return () => release(path, mine);
};
