import { existsSync, readdirSync, rmdirSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { stateFiles } from "./run-state.ts";

/** Files that every start makes before anything is learned. */
const startFiles = ["lock", "config.yaml", ...stateFiles];
const logs = ["metrics.jsonl", "samples.jsonl"];

const isEmptyLog = (folder: string, name: string): boolean =>
  logs.includes(name) && statSync(join(folder, name)).size === 0;

/** Whether a folder holds nothing but what a start leaves there. */
const holdsTracesAlone = (folder: string): boolean =>
  readdirSync(folder).every(
    (name) => startFiles.includes(name) || name === "tensorboard" || isEmptyLog(folder, name),
  );

/** The folder and those above it that are not there yet, the innermost first. */
export const missingFolders = (folder: string): string[] =>
  existsSync(folder) ? [] : [folder, ...missingFolders(dirname(folder))];

/** Removes folders that a start made, as far as they are empty. */
export const removeEmpty = (folders: readonly string[]): void => {
  try {
    for (const folder of folders) rmdirSync(folder);
  } catch {
    // Something else is in it, or it is gone already.
  }
};

/** Removes what a failed start left. @returns false where the folder holds more than that: then all of it stays. */
export const removeTraces = (folder: string, made: readonly string[]): boolean => {
  try {
    if (!holdsTracesAlone(folder)) return false;
    for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true, force: true });
  } catch {
    return false; // the failure that ended the run is the one to report
  }
  removeEmpty(made);
  return true;
};
