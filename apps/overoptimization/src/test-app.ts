import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Finished, killAt, runSource } from "@accord-rl/testing";
import type { Summary } from "./summary.ts";

export { testBackend as backend } from "@accord-rl/testing";

/** Runs the app from its sources. @param stopAt  killed once this is printed. */
export const runExperiment = (args: readonly string[], stopAt?: string): Promise<Finished> =>
  runSource(join(import.meta.dirname, ".."), args, {
    onOutput: stopAt === undefined ? undefined : killAt(stopAt),
  });

export const readSummary = (folder: string): Summary =>
  JSON.parse(readFileSync(join(folder, "summary.json"), "utf8")) as Summary;
