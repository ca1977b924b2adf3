import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Finished, runSource } from "@accord-rl/testing";
import type { Summary } from "./summary.ts";

export { testBackend as backend } from "@accord-rl/testing";
export type { Finished };

/** Sent to the app itself once it has printed `text`. */
export interface SignalAt {
  readonly signal: NodeJS.Signals;
  readonly text: string;
}

/** Runs the app from its sources, as `npm run compare` does. */
export const runCompare = (args: readonly string[], signalAt?: SignalAt): Promise<Finished> => {
  let isSent = false;
  return runSource(join(import.meta.dirname, ".."), args, {
    onOutput: (output, child) => {
      if (!signalAt || isSent || !output.includes(signalAt.text)) return;
      isSent = true;
      child.kill(signalAt.signal);
    },
  });
};

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
