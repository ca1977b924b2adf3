import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Finished, runProcess } from "@accord-rl/testing";
import type { Summary } from "./summary.ts";

/** What the tests run on; the app gets it as a flag. */
export const backend = process.env.ACCORD_BACKEND || "wasm";

/** Runs the app from its sources, as `npm run overoptimization` does. @param killAt  killed once this is printed. */
export const runExperiment = (args: readonly string[], killAt?: string): Promise<Finished> =>
  runProcess(
    process.execPath,
    ["--import", "tsx", "--conditions=@accord-rl/source", "src/main.ts", ...args],
    {
      cwd: join(import.meta.dirname, ".."),
      env: { ...process.env, NODE_OPTIONS: "", INIT_CWD: undefined, ACCORD_BACKEND: backend },
      onOutput: (output, child) => {
        if (killAt !== undefined && output.includes(killAt)) child.kill("SIGKILL");
      },
    },
  );

export const readSummary = (folder: string): Summary =>
  JSON.parse(readFileSync(join(folder, "summary.json"), "utf8")) as Summary;
