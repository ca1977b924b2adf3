import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { InvalidArgumentError, type Json, redactJson } from "@accord-rl/core";
import { makeFolder, removeLeftovers, takeLock, writeFileAtomic } from "@accord-rl/files";
import { displayPath } from "./folders.ts";
import { checkInputs, hashInputs } from "./inputs.ts";
import { optionsAsYaml } from "./option-file.ts";
import { asJson, optionDifferences, type RunState, readRunState, writeRunState } from "./run-state.ts";
import type { RunOptions } from "./run-types.ts";
import { missingFolders, removeEmpty, removeTraces } from "./start-traces.ts";

/** Left by a process that died before the run began, or always there. */
const harmless = /^(lock|config\.yaml|.*\.saving|.*\.claim)$/;

const checkEmpty = (folder: string): void => {
  const found = readdirSync(folder).filter((name) => !harmless.test(name));
  if (found.length === 0) return;
  const isRun = found.includes("run.json");
  const advice = isRun ? "go on with it by --resume, or choose another --out" : "choose another --out";
  const message = `${displayPath(folder)} is not empty (${found.slice(0, 3).join(", ")}${found.length > 3 ? ", …" : ""}): ${advice}`;
  throw new InvalidArgumentError({ argument: "out", value: folder, message });
};

interface Agreed {
  readonly notes: readonly string[];
  /** The run's options from here on. */
  readonly options: RunState["options"];
}

const checkSame = (state: RunState, options: RunOptions, asked: Readonly<Record<string, Json>>): Agreed => {
  const { folder, app, mayDiffer = [], mayChange = [] } = options;
  if (state.app !== app) {
    const message = `${displayPath(folder)} holds a run of ${state.app}, not of ${app}: choose another --out`;
    throw new InvalidArgumentError({ argument: "out", value: folder, message });
  }
  const differences = optionDifferences(state.options, asked);
  const refused = differences.filter(({ name }) => ![...mayDiffer, ...mayChange].includes(name));
  if (refused.length > 0) {
    const list = refused.map(({ text }) => text).join("; ");
    const message = `--resume: the options differ from those of ${displayPath(folder)}: ${list}. Leave them out, or start a new run`;
    throw new InvalidArgumentError({ argument: refused[0]!.name, value: asked[refused[0]!.name], message });
  }
  const changed = Object.fromEntries(
    mayChange.flatMap((name) => (name in asked ? [[name, asked[name]!]] : [])),
  );
  const effect = (name: string) =>
    mayChange.includes(name)
      ? "the run goes on with it, and is no longer the one that either value gives from the start"
      : "the result may not be the same as without the break";
  return {
    notes: differences.map(({ name, text }) => `note: ${text}; ${effect(name)}`),
    options: { ...state.options, ...changed },
  };
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
  /** Releases the folder, and removes it where this start made it and nothing was saved. @returns whether it did. */
  discard(): boolean;
}

const configOf = (app: string, options: Readonly<Record<string, Json>>): string =>
  `# What this run of ${app} was asked to do. Another one like it: --config THIS-FILE\n${optionsAsYaml(options)}`;

/** Writes config.yaml again where it is lost or changed: run.json says what was asked for. */
const mendConfig = async (folder: string, { app, options }: RunState): Promise<void> => {
  const path = join(folder, "config.yaml");
  const text = configOf(app, options);
  if (!existsSync(path) || readFileSync(path, "utf8") !== text) await writeFileAtomic(path, text);
};

const resume = async (
  { state, note }: { readonly state: RunState; readonly note?: string },
  options: RunOptions,
  asked: Readonly<Record<string, Json>>,
): Promise<{ readonly state: RunState; readonly notes: readonly string[] }> => {
  const agreed = checkSame(state, options, asked);
  checkInputs(state.inputs, await hashInputs(options.inputs ?? {}));
  const isChanged = optionDifferences(state.options, agreed.options).length > 0;
  const now = { ...state, options: agreed.options };
  if (note !== undefined || isChanged) await writeRunState(options.folder, now);
  await mendConfig(options.folder, now);
  return { state: now, notes: note === undefined ? agreed.notes : [`note: ${note}`, ...agreed.notes] };
};

const begin = async (options: RunOptions, asked: Readonly<Record<string, Json>>): Promise<RunState> => {
  const { folder, app, inputs = {} } = options;
  const hashed = await hashInputs(inputs);
  await writeFileAtomic(join(folder, "config.yaml"), configOf(app, asked));
  const state: RunState = { version: 2, app, options: asked, inputs: hashed, seconds: 0, stages: {} };
  await writeRunState(folder, state);
  return state;
};

/**
 * Makes or takes over a run folder: checks, locks, and stores what the run was asked to do.
 *
 * @throws InvalidArgumentError where the folder is in use, is not empty (and no resume was asked for), or holds a run
 *   with other options; DataError where a file that the run reads has changed since it was started.
 */
export const openRunFolder = async (options: RunOptions): Promise<OpenFolder> => {
  const { folder } = options;
  const asked = redactJson(asJson("options", options.options)) as Readonly<Record<string, Json>>;
  const made = missingFolders(folder);
  let isOurs = false;
  let release = () => {};
  const discard = () => {
    release();
    if (isOurs) return removeTraces(folder, made);
    removeEmpty(made);
    return false;
  };
  try {
    makeFolder(folder);
    release = takeLock(join(folder, "lock"), heldElsewhere);
    const stored = options.resume ? readRunState(folder) : undefined;
    if (stored === undefined) checkEmpty(folder);
    await removeLeftovers(folder);
    if (stored) {
      return { ...(await resume(stored, options, asked)), isResumed: true, release, discard };
    }
    isOurs = true;
    return { state: await begin(options, asked), isResumed: false, notes: [], release, discard };
  } catch (error) {
    discard();
    throw error;
  }
};
