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
  // A graphics driver may fail while the process ends, when all is said.
  if (answer !== undefined) return JSON.parse(answer) as Result;
  throw new AccordError(`${what} on ${backend} failed with code ${code}:\n${output.slice(-2000)}`);
};
