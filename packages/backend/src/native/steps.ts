import { AccordError } from "@accord-rl/core";
import { type CommandResult, errorLine, isDiskFull } from "./system.ts";

/** Turns a failed command into one line: what failed, its own words, what to do. */
export const requireSuccess = (result: CommandResult, what: string, advice: string): CommandResult => {
  if (result.code === 0) return result;
  const output = `${result.stdout}\n${result.stderr}`;
  if (isDiskFull(output)) throw diskFull(what);
  throw new AccordError(`${what} failed: ${errorLine(output)}; ${advice}`);
};

export const diskFull = (what: string): AccordError =>
  new AccordError(
    `the disk is full (${what}): free some space, or set ACCORD_CACHE and TMPDIR to folders that have it`,
  );
