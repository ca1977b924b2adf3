import { spawn } from "node:child_process";
import { statfsSync } from "node:fs";
import { AccordError } from "@accord-rl/core";

export interface CommandResult {
  /** Exit status; 127 when there is no such command. */
  readonly code: number;
  /** The signal that ended it, such as SIGSEGV. */
  readonly killedBy: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** What an installation needs of the machine; tests replace parts of it. */
export interface System {
  readonly environment: NodeJS.ProcessEnv;
  readonly platform: NodeJS.Platform;
  /** Without the v. */
  readonly nodeVersion: string;
  /** Takes one line of progress. */
  readonly log: (line: string) => void;
  /** Ends the installation early. */
  readonly signal: AbortSignal;
  /** Shows the command's own progress, where the user sees a terminal. */
  readonly showProgress: boolean;
  freeBytes(folder: string): number;
}

export const machine = (
  options: Pick<System, "log" | "signal" | "showProgress"> & Partial<System>,
): System => ({
  environment: process.env,
  platform: process.platform,
  nodeVersion: process.versions.node,
  freeBytes: (folder) => {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  },
  ...options,
});

export const interrupted = (): AccordError => new AccordError("interrupted");

/** Runs a command to its end. Never rejects for an exit status: the caller says what a failure means. */
export const runCommand = (
  { environment, signal }: System,
  command: string,
  args: readonly string[],
  { showOutput = false }: { showOutput?: boolean } = {},
): Promise<CommandResult> =>
  new Promise((resolve, reject) => {
    if (signal.aborted) return reject(interrupted());
    const child = spawn(command, args, {
      env: environment,
      stdio: ["ignore", showOutput ? "inherit" : "pipe", "pipe"],
      signal,
    });
    let stdout = "";
    let stderr = "";
    child.stdout?.on("data", (chunk: Buffer) => {
      stdout += chunk;
    });
    child.stderr?.on("data", (chunk: Buffer) => {
      stderr += chunk;
    });
    child.on("error", (error) => {
      if (signal.aborted) return; // "close" follows once the child is gone
      resolve({ code: 127, killedBy: null, stdout, stderr: error.message });
    });
    child.on("close", (code, killedBy) =>
      signal.aborted ? reject(interrupted()) : resolve({ code: code ?? 1, killedBy, stdout, stderr }),
    );
  });

/** The line of an output that says what went wrong: the last one with "error" in it, else the last one. */
export const errorLine = (output: string): string => {
  const lines = output
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
  return lines.findLast((line) => /error|errno|no space/i.test(line)) ?? lines.at(-1) ?? "no output";
};

export const isDiskFull = (text: string): boolean => /ENOSPC|No space left on device|Errno 28/i.test(text);
