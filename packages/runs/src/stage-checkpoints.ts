import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import {
  type Checkpoint,
  checkpointParts,
  hasCheckpoint,
  loadCheckpoint,
  restoreParts,
  saveCheckpoint,
} from "@accord-rl/checkpoint";
import type { Json } from "@accord-rl/core";
import type { LogOffsets } from "./run-logs.ts";
import type { Parts } from "./run-types.ts";

/** What a loop's checkpoint holds besides its parts. */
export interface LoopPoint {
  /** Steps done. */
  readonly step: number;
  readonly isFinished: boolean;
  /** Position of the stage's random stream. */
  readonly random: Json;
  readonly offsets: LogOffsets;
  /** Wall time of the stage so far. */
  readonly seconds: number;
}

/** The checkpoints of one stage: one per loop while it runs, and `final` when it is done. */
export interface StageCheckpoints {
  readonly folder: string;
  /** Of the last loop that was begun; undefined where none has saved yet. */
  latest(): Promise<LoopPoint | undefined>;
  /** @param index  1 for the stage's first loop. */
  restoreLoop(
    index: number,
    name: string,
    parts: Parts,
  ): Promise<(LoopPoint & { readonly isLatest: boolean }) | undefined>;
  saveLoop(index: number, name: string, parts: Parts, point: LoopPoint): Promise<void>;
  saveFinal(parts: Parts): Promise<void>;
  restoreFinal(parts: Parts): Promise<void>;
  /** Loops' checkpoints are of no use once the stage is done. */
  removeLoops(): void;
}

const pointOf = (checkpoint: Checkpoint): LoopPoint => checkpoint.json as unknown as LoopPoint;

/** @param folder  checkpoints/STAGE */
export const createStageCheckpoints = (folder: string): StageCheckpoints => {
  const final = join(folder, "final");
  const loopFolder = (index: number, name: string) => join(folder, `${index}-${name}`);

  /** Loops by their index, also where a crash fell into the replacing of a checkpoint. */
  const loopFolders = (): string[] => {
    const names = existsSync(folder) ? readdirSync(folder) : [];
    const loops = new Set(names.flatMap((name) => /^\d+-[^.]+/.exec(name) ?? []));
    return [...loops]
      .sort((a, b) => Number.parseInt(b, 10) - Number.parseInt(a, 10))
      .map((name) => join(folder, name));
  };

  let peeked: { readonly path: string; readonly checkpoint: Checkpoint } | undefined;
  const load = async (path: string): Promise<Checkpoint> =>
    peeked?.path === path ? peeked.checkpoint : loadCheckpoint(path);

  return {
    folder,
    latest: async () => {
      for (const path of loopFolders()) {
        if (!(await hasCheckpoint(path))) continue;
        peeked = { path, checkpoint: await loadCheckpoint(path) };
        return pointOf(peeked.checkpoint);
      }
      return undefined;
    },
    restoreLoop: async (index, name, parts) => {
      const path = loopFolder(index, name);
      if (!(await hasCheckpoint(path))) return undefined;
      const checkpoint = await load(path);
      const isLatest = peeked?.path === path;
      if (isLatest) peeked = undefined;
      restoreParts(parts, checkpoint.parts, path);
      return { ...pointOf(checkpoint), isLatest };
    },
    saveLoop: async (index, name, parts, point) =>
      saveCheckpoint(loopFolder(index, name), {
        parts: await checkpointParts(parts),
        json: { ...point, offsets: { ...point.offsets } },
      }),
    saveFinal: async (parts) => {
      if (Object.keys(parts).length > 0)
        await saveCheckpoint(final, { parts: await checkpointParts(parts), json: null });
    },
    restoreFinal: async (parts) => {
      if (Object.keys(parts).length > 0) restoreParts(parts, (await loadCheckpoint(final)).parts, final);
    },
    removeLoops: () => {
      for (const path of loopFolders()) {
        for (const suffix of ["", ".previous", ".saving"])
          rmSync(path + suffix, { recursive: true, force: true });
      }
    },
  };
};
