import { type ChildProcess, spawn } from "node:child_process";

export interface Finished {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Standard output. */
  readonly output: string;
  /** Standard error. */
  readonly errors: string;
  /** Both, as they came. */
  readonly everything: string;
}

/**
 * Runs a program to its end.
 *
 * @param options.onOutput  told, at each piece of standard output, all of it so far.
 */
export const runProcess = (
  command: string,
  args: readonly string[],
  {
    cwd,
    env,
    onOutput,
  }: {
    readonly cwd: string;
    readonly env: NodeJS.ProcessEnv;
    readonly onOutput?: (output: string, child: ChildProcess) => void;
  },
): Promise<Finished> =>
  new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    let errors = "";
    let everything = "";
    child.stdout.on("data", (chunk) => {
      output += chunk;
      everything += chunk;
      onOutput?.(output, child);
    });
    child.stderr.on("data", (chunk) => {
      errors += chunk;
      everything += chunk;
    });
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ code, signal, output, errors, everything }));
  });
