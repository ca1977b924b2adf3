import { AccordError } from "@accord-rl/core";
import { runCommand } from "./command.ts";

/**
 * Runs a program of this project in a process of its own.
 *
 * @returns the JSON object that it prints as one line.
 * @throws AccordError with its last words where it fails.
 */
export const jsonFromChild = async <Result>(
  program: string,
  args: readonly string[],
  { backend, what }: { readonly backend: string; readonly what: string },
): Promise<Result> => {
  let answer: string | undefined;
  const { code, output } = await runCommand(process.execPath, [...process.execArgv, program, ...args], {
    environment: { ACCORD_BACKEND: backend },
    onLine: (line) => {
      if (line.startsWith("{")) answer = line;
    },
  });
  if (code === 0 && answer !== undefined) return JSON.parse(answer) as Result;
  const words = answer === undefined ? output.slice(-2000) : `it ended with code ${code}`;
  throw new AccordError(`${what} on ${backend} failed:\n${words}`);
};
