import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Summary } from "./summary.ts";

/** What the tests run on; the app gets it as a flag. */
export const backend = process.env.ACCORD_BACKEND || "wasm";

export interface Finished {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly output: string;
  readonly errors: string;
}

/** Sent to the app itself once it has printed `text`. */
export interface SignalAt {
  readonly signal: NodeJS.Signals;
  readonly text: string;
}

/** Runs the app from its sources, as `npm run compare` does. */
export const runCompare = (args: readonly string[], signalAt?: SignalAt): Promise<Finished> =>
  new Promise((resolve, reject) => {
    const child = spawn(
      process.execPath,
      ["--import", "tsx", "--conditions=@accord-rl/source", "src/main.ts", ...args],
      {
        cwd: join(import.meta.dirname, ".."),
        env: { ...process.env, NODE_OPTIONS: "", INIT_CWD: undefined, ACCORD_BACKEND: backend },
        stdio: ["ignore", "pipe", "pipe"],
      },
    );
    let output = "";
    let errors = "";
    let isSent = false;
    child.stdout.on("data", (text) => {
      output += text;
      if (!signalAt || isSent || !output.includes(signalAt.text)) return;
      isSent = true;
      child.kill(signalAt.signal);
    });
    child.stderr.on("data", (text) => {
      errors += text;
    });
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ code, signal, output, errors }));
  });

export const readSummary = (folder: string): Summary =>
  JSON.parse(readFileSync(join(folder, "summary.json"), "utf8")) as Summary;

/** What must not depend on how fast the machine is, or where a run was broken off. */
export const outcomeOf = (folder: string) => {
  const { algorithms, ...summary } = readSummary(folder);
  return {
    ...summary,
    algorithms: Object.entries(algorithms).map(([name, { stepsPerSecond, seeds, ...rest }]) => ({
      name,
      ...rest,
      seeds: seeds.map(({ seconds, ...seed }) => seed),
    })),
  };
};
