import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { hostname } from "node:os";

/** A process on some machine: enough to tell later whether it still runs. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly host: string;
  /** When the process began: tells it from a later one with the same id. Absent where the system does not say. */
  readonly began?: string;
}

/** Field 22 of /proc/PID/stat (ticks since the machine started), and which start of the machine that was. */
const linuxStart = (pid: number): string => {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  // The process's name in field 2 may hold spaces and brackets.
  return `${boot}/${stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19]}`;
};

/** As `ps` prints it. The time zone is fixed, so that two processes read the same text. */
const psStart = (pid: number): string | undefined => {
  const env = { ...process.env, TZ: "UTC", LC_ALL: "C" };
  const { stdout } = spawnSync("ps", ["-o", "lstart=", "-p", String(pid)], { env, encoding: "utf8" });
  return stdout?.trim() || undefined;
};

const beganAt = (pid: number): string | undefined => {
  try {
    if (process.platform === "win32") return undefined;
    return process.platform === "linux" ? linuxStart(pid) : psStart(pid);
  } catch {
    return undefined;
  }
};

let mine: ProcessIdentity | undefined;

/** The process that runs this code. */
export const thisProcess = (): ProcessIdentity => {
  const began = mine ? mine.began : beganAt(process.pid);
  mine ??= { pid: process.pid, host: hostname(), ...(began === undefined ? {} : { began }) };
  return mine;
};

const isRunning = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM"; // another user's
  }
};

/** False where the process has surely ended. One on another machine can't be looked up, so it counts as alive. */
export const isAlive = ({ pid, host, began }: ProcessIdentity): boolean => {
  if (host !== thisProcess().host) return true;
  if (!isRunning(pid)) return false;
  const found = began === undefined ? undefined : beganAt(pid);
  return found === undefined || found === began;
};

const short = (text: string): string => createHash("sha256").update(text).digest("hex").slice(0, 8);

/** The identity as a part of a file's name: PID-HOST-START, the last two hashed. */
export const processTag = (): string => {
  const { pid, host, began = "" } = thisProcess();
  return `${pid}-${short(host)}-${short(began)}`;
};

/** Whether the process of a tag has surely ended. */
export const isDeadTag = (tag: string): boolean => {
  const [pid = "", host, began] = tag.split("-");
  if (host !== short(thisProcess().host)) return false;
  if (!isRunning(Number(pid))) return true;
  const found = began === short("") ? undefined : beganAt(Number(pid));
  return found !== undefined && short(found) !== began;
};
