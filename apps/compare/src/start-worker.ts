import { fork } from "node:child_process";
import { mkdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import type { Job, Message } from "./job.ts";

/** A run under way in a process of its own. */
export interface Worker {
  readonly job: Job;
  /** How far its current stage is: 0 to 1. */
  progress(): number;
  /** Resolves when the process has ended: undefined where all went well, else what went wrong. */
  readonly ended: Promise<string | undefined>;
  /** As Ctrl-C: it finishes its step, saves, and ends. */
  interrupt(): void;
}

/** The last lines of what a process said before it died. */
const lastWords = (text: string): string => text.trim().split("\n").slice(-3).join(" ").slice(-500);

/** Starts a job in a process of its own, one of `atOnce`, which ends with this one. */
export const startWorker = (job: Job, atOnce: number): Worker => {
  mkdirSync(job.folder, { recursive: true });
  const child = fork(join(import.meta.dirname, "worker.ts"), [JSON.stringify(job)], {
    // A group of its own: Ctrl-C reaches it through `interrupt` alone, once.
    detached: process.platform !== "win32",
    stdio: ["ignore", "ignore", "pipe", "ipc"],
    // Its part of the cores: a run whose threads wait for those of others is the slower one.
    env: {
      ACCORD_WASM_THREADS: `${Math.max(1, Math.floor(availableParallelism() / atOnce))}`,
      ...process.env,
    },
  });
  let progress = 0;
  let failure: string | undefined;
  let errors = "";
  child.stderr?.on("data", (text) => {
    errors = (errors + text).slice(-10_000);
  });
  child.on("message", (message: Message) => {
    if (message.kind === "progress") progress = message.done / message.total;
    else failure = message.message;
  });
  const ended = new Promise<string | undefined>((resolve) => {
    child.on("error", (error) => resolve(`could not be started: ${error.message}`));
    child.on("close", (code, signal) => {
      if (code === 0) return resolve(undefined);
      resolve(failure ?? `the process ended with ${signal ?? `code ${code}`}. ${lastWords(errors)}`.trim());
    });
  });
  return { job, progress: () => progress, ended, interrupt: () => void child.kill("SIGINT") };
};
