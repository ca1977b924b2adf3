import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { AccordError } from "@accord-rl/core";

export interface CommandResult {
  readonly code: number;
  /** Standard output and standard error, as they came. */
  readonly output: string;
}

export interface CommandOptions {
  /** Sees each line of the standard output. */
  readonly onLine?: (line: string) => void;
  /** Added to this process's. */
  readonly environment?: NodeJS.ProcessEnv;
}

export type CommandRunner = (
  command: string,
  args: readonly string[],
  options?: CommandOptions,
) => Promise<CommandResult>;

/** A program that can't be started counts as one that failed. */
export const runCommand: CommandRunner = (command, args, { onLine, environment } = {}) =>
  new Promise((resolve) => {
    const child = spawn(command, args, {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, ...environment },
    });
    let output = "";
    const keep = (text: string): void => {
      output = (output + text).slice(-20_000);
    };
    createInterface({ input: child.stdout }).on("line", (line) => {
      keep(`${line}\n`);
      onLine?.(line);
    });
    child.stderr.on("data", (chunk) => keep(String(chunk)));
    child.on("error", (error) => resolve({ code: -1, output: error.message }));
    child.on("close", (code) => resolve({ code: code ?? -1, output }));
  });

/** The line that says why, in what pip and Python write. */
const reasonIn = (output: string): string => {
  const lines = output.split("\n").filter((line) => line.trim() !== "");
  const telling = lines.filter((line) => /^(ERROR|\w*Error)\b|No space left/.test(line.trim()));
  return (telling.at(-1) ?? lines.at(-1) ?? "it said nothing").trim();
};

/** @throws AccordError with what failed, the program's own words and what to do. */
export const requireSuccess = ({ code, output }: CommandResult, what: string, advice: string): void => {
  if (code === 0) return;
  throw new AccordError(`The peer's Python environment: ${what} failed: ${reasonIn(output)}; ${advice}`);
};
