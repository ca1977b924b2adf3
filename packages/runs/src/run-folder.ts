import { readdirSync } from "node:fs";
import { join } from "node:path";
import { makeFolder, takeLock, writeFileAtomic } from "@accord-rl/checkpoint";
import { InvalidArgumentError, type Json, redactJson } from "@accord-rl/core";
import { displayPath } from "./folders.ts";
import { optionsAsYaml } from "./option-file.ts";
import { asJson, optionDifferences, type RunState, readRunState, writeRunState } from "./run-state.ts";
import type { RunOptions } from "./run-types.ts";

/** Left by a process that died before the run began, or always there. */
const harmless = ["lock", "config.yaml"];

const checkEmpty = (folder: string): void => {
  const found = readdirSync(folder).filter((name) => !harmless.includes(name) && !name.endsWith(".saving"));
  if (found.length === 0) return;
  const isRun = found.includes("run.json");
  const advice = isRun ? "go on with it by --resume, or choose another --out" : "choose another --out";
  const message = `${displayPath(folder)} is not empty (${found.slice(0, 3).join(", ")}${found.length > 3 ? ", …" : ""}): ${advice}`;
  throw new InvalidArgumentError({ argument: "out", value: folder, message });
};

const checkSame = (state: RunState, options: RunOptions, asked: Readonly<Record<string, Json>>): string[] => {
  const { folder, app, mayDiffer = [] } = options;
  if (state.app !== app) {
    const message = `${displayPath(folder)} holds a run of ${state.app}, not of ${app}: choose another --out`;
    throw new InvalidArgumentError({ argument: "out", value: folder, message });
  }
  const differences = optionDifferences(state.options, asked);
  const refused = differences.filter(({ name }) => !mayDiffer.includes(name));
  if (refused.length > 0) {
    const list = refused.map(({ text }) => text).join("; ");
    const message = `--resume: the options differ from those of ${displayPath(folder)}: ${list}. Leave them out, or start a new run`;
    throw new InvalidArgumentError({ argument: refused[0]!.name, value: asked[refused[0]!.name], message });
  }
  return differences.map(({ text }) => `note: ${text}; the result may not be the same as without the break`);
};

const heldElsewhere = (who: string, path: string): string =>
  `${who} is writing this run; wait for it or choose another --out (if it is gone, delete ${path})`;

/** A folder that this process alone may write. */
export interface OpenFolder {
  readonly state: RunState;
  readonly isResumed: boolean;
  /** What the user should know about the resume. */
  readonly notes: readonly string[];
  release(): void;
}

/**
 * Makes or takes over a run folder: checks, locks, and stores what the run was asked to do.
 *
 * @throws InvalidArgumentError where the folder is in use, is not empty (and no resume was asked for), or holds a run
 *   with other options.
 */
export const openRunFolder = async (options: RunOptions): Promise<OpenFolder> => {
  const { folder, app, resume = false } = options;
  const asked = redactJson(asJson("options", options.options)) as Readonly<Record<string, Json>>;
  makeFolder(folder);
  const release = takeLock(join(folder, "lock"), heldElsewhere);
  try {
    const stored = resume ? readRunState(folder) : undefined;
    if (stored) return { state: stored, isResumed: true, notes: checkSame(stored, options, asked), release };
    checkEmpty(folder);
    const header = `# What this run of ${app} was asked to do. Another one like it: --config THIS-FILE\n`;
    await writeFileAtomic(join(folder, "config.yaml"), header + optionsAsYaml(asked));
    const state: RunState = { version: 1, app, options: asked, seconds: 0, stages: {} };
    await writeRunState(folder, state);
    return { state, isResumed: false, notes: [], release };
  } catch (error) {
    release();
    throw error;
  }
};
