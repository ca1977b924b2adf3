import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { copyFile, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CheckpointError, InvalidArgumentError, type Json } from "@accord-rl/core";
import { nodeFileSystem } from "@accord-rl/files";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { anyCheckpoint, float32, int32 } from "./__fixtures__/states.ts";
import {
  type Checkpoint,
  hasCheckpoint,
  loadCheckpoint,
  readCheckpoint,
  saveCheckpoint,
  sealJson,
} from "./index.ts";
import { breakingFileSystem, fullDisk } from "./test-file-systems.ts";

let root: string;
let folder: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "accord-checkpoint-"));
  folder = join(root, "run");
});
afterEach(() => rmSync(root, { recursive: true }));

const checkpointOf = (step: number): Checkpoint => ({
  parts: {
    policy: { tensors: { weight: float32([2, 2], [step, 2, 3, 4]) }, json: { version: step } },
    optimizer: { tensors: { weight: int32([1], [step]) }, json: null },
  },
  json: { step },
});

describe("saveCheckpoint and loadCheckpoint", () => {
  it("round-trip any state, bit for bit", async () => {
    await fc.assert(
      fc.asyncProperty(anyCheckpoint, async (checkpoint) => {
        await saveCheckpoint(folder, checkpoint);
        expect(await loadCheckpoint(folder)).toEqual(checkpoint);
      }),
      { numRuns: 30 },
    );
  });

  it("keep the checkpoint before, and leave nothing else", async () => {
    for (const step of [1, 2, 3]) await saveCheckpoint(folder, checkpointOf(step));
    expect(await loadCheckpoint(folder)).toEqual(checkpointOf(3));
    expect(await loadCheckpoint(`${folder}.previous`)).toEqual(checkpointOf(2));
    expect(readdirSync(root).sort()).toEqual(["run", "run.previous"]);
    expect(readdirSync(folder).sort()).toEqual(["manifest.json", "tensors.safetensors"]);
  });

  it("save in turn when two saves overlap, and load meanwhile", async () => {
    await saveCheckpoint(folder, checkpointOf(0));
    const saves = [1, 2, 3, 4, 5].map((step) => saveCheckpoint(folder, checkpointOf(step)));
    let last = 0;
    for (let i = 0; i < 30; i++) {
      const { step } = (await loadCheckpoint(folder)).json as { step: number };
      expect(step).toBeGreaterThanOrEqual(last);
      last = step;
    }
    await Promise.all(saves);
    expect(await loadCheckpoint(folder)).toEqual(checkpointOf(5));
  });

  it.each([false, true])("survive a crash at any operation (power cut: %s)", async (isPartial) => {
    const outcomes = new Set<Json>();
    let operations = 0;
    for (let crashAt = 0; crashAt === operations; crashAt++) {
      for (const name of readdirSync(root)) rmSync(join(root, name), { recursive: true });
      for (const step of [0, 1]) await saveCheckpoint(folder, checkpointOf(step));
      const broken = breakingFileSystem({ crashAt, isPartial });
      await saveCheckpoint(folder, checkpointOf(2), { fileSystem: broken }).catch((error: unknown) => {
        expect(error).toBeInstanceOf(CheckpointError);
        operations++;
      });
      const found = await loadCheckpoint(folder);
      const { step } = found.json as { step: number };
      expect(found).toEqual(checkpointOf(step));
      outcomes.add(step);

      await saveCheckpoint(folder, checkpointOf(3));
      expect(await loadCheckpoint(folder)).toEqual(checkpointOf(3));
      expect(await loadCheckpoint(`${folder}.previous`)).toEqual(checkpointOf(step));
      expect(readdirSync(root).sort()).toEqual(["run", "run.previous"]);
    }
    expect(operations).toBeGreaterThan(10);
    expect(outcomes).toEqual(new Set([1, 2]));
  });

  it("say that the disk is full, keep the old one, and leave nothing behind", async () => {
    await saveCheckpoint(folder, checkpointOf(1));
    const saving = saveCheckpoint(folder, checkpointOf(2), { fileSystem: fullDisk });
    await expect(saving).rejects.toThrow(CheckpointError);
    await expect(saving).rejects.toThrow(/run: the disk is full: saving needs .* MiB/);
    expect(await loadCheckpoint(folder)).toEqual(checkpointOf(1));
    expect(readdirSync(root)).toEqual(["run"]);
  });

  it("notice a file of another save, a cut one, and a missing one", async () => {
    const other = join(root, "other");
    await saveCheckpoint(folder, checkpointOf(1));
    await saveCheckpoint(other, checkpointOf(2));
    const tensors = join(folder, "tensors.safetensors");
    await copyFile(join(other, "tensors.safetensors"), tensors);
    await expect(loadCheckpoint(folder)).rejects.toThrow("not the file that its manifest describes");
    await expect(loadCheckpoint(folder)).rejects.toThrow("no version is intact");
    writeFileSync(tensors, (await readFile(tensors)).subarray(0, 50));
    await expect(loadCheckpoint(folder)).rejects.toThrow("it has 50 bytes where its manifest says");
    rmSync(tensors);
    await expect(loadCheckpoint(folder)).rejects.toThrow(CheckpointError);
  });

  it.each([
    ["", "not JSON"],
    ['{"format":"something"}', "of another format"],
    ['{"format":"accord-rl-checkpoint","version":1}', "version 1, expected 2"],
    [sealJson('{"format":"accord-rl-checkpoint","version":3}'), "version 3, expected 2"],
    ['{"format":"accord-rl-checkpoint","version":3}', "does not match its own sha256"],
    [sealJson('{"format":"accord-rl-checkpoint","version":2,"parts":{}}'), "lacks fields"],
  ])("refuse the manifest %j", async (manifest, problem) => {
    await saveCheckpoint(folder, checkpointOf(1));
    writeFileSync(join(folder, "manifest.json"), manifest);
    const loading = loadCheckpoint(folder);
    await expect(loading).rejects.toThrow(CheckpointError);
    await expect(loading).rejects.toThrow(problem);
  });

  it.each(["manifest.json", "tensors.safetensors"])(
    "notice flipped bits of %s, load the version before, and keep it through the next save",
    async (name) => {
      for (const step of [1, 2]) await saveCheckpoint(folder, checkpointOf(step));
      const path = join(folder, name);
      const whole = await readFile(path);
      // Seven shares no factor with eight: every position within a byte has its turn.
      for (let bit = 0; bit < 8 * whole.length; bit += 7) {
        const flipped = Buffer.from(whole);
        flipped[bit >> 3]! ^= 1 << (bit & 7);
        writeFileSync(path, flipped);
        const { checkpoint, damage } = await readCheckpoint(folder);
        expect(checkpoint, `bit ${bit}`).toEqual(checkpointOf(1));
        expect(damage).toEqual([expect.stringContaining(`${folder}: the checkpoint is damaged (`)]);
      }
      expect((await loadCheckpoint(folder)).damage).toContain("loaded the version before it");
      await saveCheckpoint(folder, checkpointOf(3));
      expect(await loadCheckpoint(folder)).toEqual(checkpointOf(3));
      expect(await loadCheckpoint(`${folder}.previous`)).toEqual(checkpointOf(1));
    },
  );

  it.each(["manifest.json", "tensors.safetensors"])(
    "load the version before where %s is lost",
    async (name) => {
      for (const step of [1, 2]) await saveCheckpoint(folder, checkpointOf(step));
      rmSync(join(folder, name));
      const { damage, ...checkpoint } = await loadCheckpoint(folder);
      expect(checkpoint).toEqual(checkpointOf(1));
      expect(damage).toContain(`${name} is missing`);
    },
  );

  it("name a disk that can't be read, rather than say that nothing is there", async () => {
    for (const step of [1, 2]) await saveCheckpoint(folder, checkpointOf(step));
    const failing = async () => {
      throw Object.assign(new Error("EIO: i/o error"), { code: "EIO" });
    };
    for (const broken of [{ readFile: failing }, { exists: failing }]) {
      const fileSystem = { ...nodeFileSystem, ...broken };
      await expect(
        saveCheckpoint(folder, checkpointOf(3), { fileSystem }).then(() =>
          loadCheckpoint(folder, { fileSystem }),
        ),
      ).rejects.toThrow("EIO");
    }
    expect((await loadCheckpoint(folder)).json).not.toEqual({ step: 1 });
  });

  it("say when no checkpoint is there", async () => {
    expect(await hasCheckpoint(folder)).toBe(false);
    await expect(loadCheckpoint(folder)).rejects.toThrow(/run: no checkpoint is there/);
    await saveCheckpoint(folder, checkpointOf(1));
    expect(await hasCheckpoint(folder)).toBe(true);
  });

  it.each(["run", "run.saving", "run.previous"])(
    "never replace a folder of something else: %s",
    async (name) => {
      const foreign = join(root, name, "thesis.tex");
      mkdirSync(join(root, name));
      writeFileSync(foreign, "");
      await expect(saveCheckpoint(folder, checkpointOf(1))).rejects.toThrow('holds "thesis.tex"');
      expect(existsSync(foreign)).toBe(true);
    },
  );

  it.each<[string, Checkpoint]>([
    ["json.rate is NaN", { parts: {}, json: { rate: Number.NaN } }],
    ["json[1] is Infinity", { parts: {}, json: [0, Number.POSITIVE_INFINITY] }],
    [
      "parts.a.json.b is undefined",
      { parts: { a: { tensors: {}, json: { b: undefined as never } } }, json: 0 },
    ],
    ["json is no plain object", { parts: {}, json: new Map() as never }],
    ['"a/b"', { parts: { "a/b": { tensors: {}, json: 0 } }, json: 0 }],
  ])("refuse what can't be stored: %s", async (problem, checkpoint) => {
    const saving = saveCheckpoint(folder, checkpoint);
    await expect(saving).rejects.toThrow(InvalidArgumentError);
    await expect(saving).rejects.toThrow(problem);
    expect(readdirSync(root)).toEqual([]);
  });
});
