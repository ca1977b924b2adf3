import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { writeFileAtomic } from "@accord-rl/checkpoint";
import { CheckpointError, InvalidArgumentError, type Json, safeJson } from "@accord-rl/core";
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
  readonly version: 1;
  readonly app: string;
  readonly options: Readonly<Record<string, Json>>;
  /** Wall time outside stages. */
  readonly seconds: number;
  readonly stages: Readonly<Record<string, StageRecord>>;
}

const fileOf = (folder: string): string => join(folder, "run.json");

/** @returns undefined where the folder holds no run. @throws CheckpointError where run.json is damaged. */
export const readRunState = (folder: string): RunState | undefined => {
  const path = fileOf(folder);
  if (!existsSync(path)) return undefined;
  try {
    const state = JSON.parse(readFileSync(path, "utf8")) as RunState;
    if (state.version === 1 && typeof state.stages === "object") return state;
  } catch (cause) {
    throw new CheckpointError({ path, message: "is damaged (no valid JSON); start a new run", cause });
  }
  throw new CheckpointError({ path, message: "was written by another version; start a new run" });
};

export const writeRunState = (folder: string, state: RunState): Promise<void> =>
  writeFileAtomic(fileOf(folder), `${safeJson(state, 2)}\n`);

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
