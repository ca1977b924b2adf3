import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseSealedJson, sealJson } from "@accord-rl/checkpoint";
import { CheckpointError, InvalidArgumentError, type Json, safeJson } from "@accord-rl/core";
import { writeFileAtomic } from "@accord-rl/files";
import type { Inputs } from "./inputs.ts";
import type { LogOffsets } from "./run-logs.ts";

/** What is known of one stage. */
export interface StageRecord {
  /** The growing files when the stage began. */
  readonly start: LogOffsets;
  /** Wall time, over all processes that worked on it. */
  readonly seconds: number;
  /** Present when the stage is finished. */
  readonly result?: { readonly value: Json };
}

/** run.json: what a later process needs to go on. */
export interface RunState {
  readonly version: 2;
  readonly app: string;
  readonly options: Readonly<Record<string, Json>>;
  /** The files that the run reads, as they were when it was started. */
  readonly inputs: Inputs;
  /** Wall time outside stages. */
  readonly seconds: number;
  readonly stages: Readonly<Record<string, StageRecord>>;
}

/** The state's file, and the same once more for the case that the first is damaged. */
export const stateFiles = ["run.json", "run.backup.json"] as const;

/** undefined where the file is not there. */
const readText = (path: string): string | undefined => {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new CheckpointError({ path, message: `can't be read (${(cause as Error).message})`, cause });
  }
};

/** undefined where the text is damaged. @throws CheckpointError where another release wrote it. */
const parseState = (text: string, path: string): RunState | undefined => {
  let parsed: ReturnType<typeof parseSealedJson>;
  try {
    parsed = parseSealedJson(text);
  } catch {
    return undefined;
  }
  const state = parsed.value as RunState | null;
  // Version 1 had no hash of its text.
  if (parsed.isIntact ? state?.version !== 2 : (state?.version as number | undefined) === 1) {
    const message = `has version ${state?.version}, expected 2: resume it with the release that wrote it, or start a new run`;
    throw new CheckpointError({ path, message });
  }
  return parsed.isIntact ? (state as RunState) : undefined;
};

/**
 * What a run folder says of its run.
 *
 * @returns `note` where run.json is damaged and its copy was read; undefined where the folder holds no run.
 * @throws CheckpointError where both are damaged, can't be read, or are of another release.
 */
export const readRunState = (
  folder: string,
): { readonly state: RunState; readonly note?: string } | undefined => {
  const damaged: string[] = [];
  for (const name of stateFiles) {
    const path = join(folder, name);
    const text = readText(path);
    const state = text === undefined ? undefined : parseState(text, path);
    if (state !== undefined) {
      const note = damaged.length === 0 ? {} : { note: `${damaged.join(", ")} is damaged; using ${name}` };
      return { state, ...note };
    }
    if (text !== undefined) damaged.push(name);
  }
  if (damaged.length === 0) return undefined;
  const message = `is damaged (${damaged.join(" and ")} don't match their own sha256); start a new run`;
  throw new CheckpointError({ path: join(folder, stateFiles[0]), message });
};

export const writeRunState = async (folder: string, state: RunState): Promise<void> => {
  for (const name of stateFiles) await writeFileAtomic(join(folder, name), sealJson(safeJson(state, 2)));
};

/**
 * A value as JSON gives it back.
 *
 * @throws InvalidArgumentError for NaN, infinities, functions, class instances and typed arrays, which JSON would drop
 *   or turn into something else. Fields that are undefined are left out.
 */
export const asJson = (where: string, value: unknown): Json => {
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number" && Number.isFinite(value)) return value;
  if (Array.isArray(value)) return value.map((item, index) => asJson(`${where}[${index}]`, item));
  if (typeof value === "object" && [Object.prototype, null].includes(Object.getPrototypeOf(value) as null)) {
    const entries = Object.entries(value).filter(([, item]) => item !== undefined);
    return Object.fromEntries(entries.map(([key, item]) => [key, asJson(`${where}.${key}`, item)]));
  }
  const got = typeof value === "object" ? value.constructor.name : String(value);
  throw new InvalidArgumentError({
    argument: where,
    value,
    message: `${where} is ${got}, expected what JSON can hold (plain objects, arrays, finite numbers, text)`,
  });
};

/** Options that differ: one line each. */
export const optionDifferences = (
  stored: Readonly<Record<string, Json>>,
  asked: Readonly<Record<string, Json>>,
): { readonly name: string; readonly text: string }[] => {
  const show = (value: Json | undefined) => (value === undefined ? "nothing" : JSON.stringify(value));
  return [...new Set([...Object.keys(stored), ...Object.keys(asked)])]
    .filter((name) => JSON.stringify(stored[name]) !== JSON.stringify(asked[name]))
    .map((name) => ({ name, text: `${name} was ${show(stored[name])}, now ${show(asked[name])}` }));
};
