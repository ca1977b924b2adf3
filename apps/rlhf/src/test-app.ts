import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { HeldOutSample } from "@accord-rl/recipes";
import { type Finished, runSource } from "@accord-rl/testing";
import type { Summary } from "./summary.ts";

export { testBackend as backend } from "@accord-rl/testing";
export type { Finished };

/** Sent by the app to itself once it has written `text` to a file for the `time`-th time: always at the same point. */
export interface SignalAt {
  readonly signal: NodeJS.Signals;
  readonly text: string;
  readonly time?: number;
}

/** Runs the app from its sources, as `npm run rlhf` does. */
export const runRlhf = (
  args: readonly string[],
  { env = {}, signalAt }: { readonly env?: NodeJS.ProcessEnv; readonly signalAt?: SignalAt } = {},
): Promise<Finished> =>
  runSource(join(import.meta.dirname, ".."), args, {
    imports: signalAt ? [join(import.meta.dirname, "test-signal-at.ts")] : [],
    env: { SIGNAL_AT: JSON.stringify(signalAt), ...env },
  });

export const readLines = (path: string): Record<string, unknown>[] =>
  readFileSync(path, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);

export const readSummary = (folder: string) =>
  JSON.parse(readFileSync(join(folder, "summary.json"), "utf8")) as Summary;

export const readSamples = (folder: string) =>
  readLines(join(folder, "samples.jsonl")) as unknown as HeldOutSample[];

const sha256 = (path: string): string => createHash("sha256").update(readFileSync(path)).digest("hex");

/** Every file below a folder with its hash. */
export const contentOf = (folder: string): Record<string, string> => {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) =>
    statSync(join(folder, name)).isFile(),
  );
  return Object.fromEntries(files.sort().map((name) => [name, sha256(join(folder, name))]));
};

/** What must not depend on where a run was broken off: all but times and the machine. */
export const outcomeOf = (folder: string) => {
  const { seconds, ...summary } = readSummary(folder);
  return {
    metrics: readLines(join(folder, "metrics.jsonl")).map(({ machine, ...row }) => row),
    samples: readFileSync(join(folder, "samples.jsonl"), "utf8"),
    summary,
    weights: ["sft", "rewardModel", "ppo"].map((stage) =>
      sha256(join(folder, "checkpoints", stage, "final/tensors.safetensors")),
    ),
    isLocked: existsSync(join(folder, "lock")),
  };
};
