import { availableParallelism } from "node:os";
import { InvalidArgumentError } from "@accord-rl/core";

/** More threads than this wait for the same memory. */
const most = 8;

/**
 * How many threads multiply matrices: the variable ACCORD_WASM_THREADS, else one for each core, at most 8.
 *
 * @throws InvalidArgumentError when the variable is no positive integer.
 */
export const requestedThreads = (environment: NodeJS.ProcessEnv = process.env): number => {
  const variable = environment.ACCORD_WASM_THREADS?.trim();
  if (!variable) return Math.min(availableParallelism(), most);
  const threads = Number(variable);
  if (Number.isInteger(threads) && threads >= 1) return Math.min(threads, most);
  throw new InvalidArgumentError({
    argument: "ACCORD_WASM_THREADS",
    value: variable,
    message: `startBackend: ACCORD_WASM_THREADS is "${variable}", expected a positive integer`,
  });
};
