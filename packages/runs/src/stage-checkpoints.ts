import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import {
  type Checkpoint,
  checkpointParts,
  type ReadCheckpoint,
  readCheckpoint,
  restoreParts,
  saveCheckpoint,
} from "@accord-rl/checkpoint";
import { CheckpointError, type Json } from "@accord-rl/core";
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

/**
 * The checkpoints of one stage: one per loop while it runs, and `final` when it is done. Each has two versions, so
 * that a damaged one costs the steps since the one before it. `final`, and a loop that another one follows, are saved
 * twice: what comes later goes out from them.
 */
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
  /** Saves a finished loop's checkpoint once more. */
  secureLoop(index: number, name: string): Promise<void>;
  saveFinal(parts: Parts): Promise<void>;
  restoreFinal(parts: Parts): Promise<void>;
  /** Loops' checkpoints are of no use once the stage is done. */
  removeLoops(): void;
}

const pointOf = (checkpoint: Checkpoint): LoopPoint => checkpoint.json as unknown as LoopPoint;

const removeVersions = (path: string): void => {
  for (const suffix of ["", ".previous", ".saving"]) rmSync(path + suffix, { recursive: true, force: true });
};

/**
 * @param folder  checkpoints/STAGE
 * @param note  tells the user what was damaged, and what is used instead
 */
export const createStageCheckpoints = (folder: string, note: (line: string) => void): StageCheckpoints => {
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

  const noteDamage = ({ checkpoint, damage }: ReadCheckpoint): void => {
    if (damage.length === 0) return;
    const from = checkpoint
      ? `the one before it, step ${pointOf(checkpoint).step}`
      : "what was saved before it";
    note(`note: ${damage.join("; ")}; going on from ${from}`);
  };
  /** Nothing else can take the place of these two copies. */
  const requireOne = ({ checkpoint, damage }: ReadCheckpoint, path: string, advice: string): Checkpoint => {
    if (checkpoint !== undefined) return checkpoint;
    const message = `${damage.join("; ") || "the checkpoint is missing"}. Restore it from a backup, or ${advice}`;
    throw new CheckpointError({ path, message });
  };

  const useCopy = async (path: string, checkpoint: Checkpoint, damage: readonly string[]): Promise<void> => {
    if (damage.length === 0) return;
    note(`note: ${damage.join("; ")}; using its copy`);
    await saveCheckpoint(path, checkpoint);
  };

  let peeked: { readonly path: string; readonly checkpoint: Checkpoint } | undefined;

  return {
    folder,
    latest: async () => {
      for (const path of loopFolders()) {
        const found = await readCheckpoint(path);
        noteDamage(found);
        if (found.checkpoint === undefined) {
          removeVersions(path);
          continue;
        }
        peeked = { path, checkpoint: found.checkpoint };
        return pointOf(peeked.checkpoint);
      }
      return undefined;
    },
    restoreLoop: async (index, name, parts) => {
      const path = loopFolder(index, name);
      const isLatest = peeked?.path === path;
      const found = isLatest && peeked ? { ...peeked, damage: [] } : await readCheckpoint(path);
      if (isLatest) peeked = undefined;
      if (found.checkpoint === undefined && found.damage.length === 0) return undefined;
      const advice = "delete its stage's folder in checkpoints, and the stage begins again";
      const checkpoint = requireOne(found, path, advice);
      const point = pointOf(checkpoint);
      if (!isLatest && !point.isFinished) requireOne({ ...found, checkpoint: undefined }, path, advice);
      restoreParts(parts, checkpoint.parts, path);
      await useCopy(path, checkpoint, found.damage);
      return { ...point, isLatest };
    },
    saveLoop: async (index, name, parts, point) =>
      saveCheckpoint(loopFolder(index, name), {
        parts: await checkpointParts(parts),
        json: { ...point, offsets: { ...point.offsets } },
      }),
    secureLoop: async (index, name) => {
      const path = loopFolder(index, name);
      const { checkpoint } = await readCheckpoint(path);
      if (checkpoint) await saveCheckpoint(path, checkpoint);
    },
    saveFinal: async (parts) => {
      if (Object.keys(parts).length === 0) return;
      const checkpoint = { parts: await checkpointParts(parts), json: null };
      for (let copy = 0; copy < 2; copy++) await saveCheckpoint(final, checkpoint);
    },
    restoreFinal: async (parts) => {
      if (Object.keys(parts).length === 0) return;
      const found = await readCheckpoint(final);
      const checkpoint = requireOne(found, final, "start a new run");
      restoreParts(parts, checkpoint.parts, final);
      await useCopy(final, checkpoint, found.damage);
    },
    removeLoops: () => {
      for (const path of loopFolders()) removeVersions(path);
    },
  };
};
