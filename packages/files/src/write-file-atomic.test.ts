import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type FileSystem, nodeFileSystem } from "./file-system.ts";
import { temporaryPath } from "./leftovers.ts";
import { writeFileAtomic } from "./write-file-atomic.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "accord-files-"));
});
afterEach(() => rmSync(root, { recursive: true }));

/** A disk on which a write fits only by half. */
const fullDisk: FileSystem = {
  ...nodeFileSystem,
  writeFile: async (path, pieces) => {
    await nodeFileSystem.writeFile(
      path,
      pieces.map((piece) => piece.subarray(0, piece.length / 2)),
    );
    throw Object.assign(new Error("ENOSPC"), { code: "ENOSPC" });
  },
};

describe("writeFileAtomic", () => {
  it("writes text and bytes, making the folder", async () => {
    const path = join(root, "a/b/metrics.json");
    await writeFileAtomic(path, "é");
    expect(await readFile(path)).toEqual(Buffer.from([0xc3, 0xa9]));
    await writeFileAtomic(path, Uint8Array.of(1, 2));
    expect([...(await readFile(path))]).toEqual([1, 2]);
    expect(readdirSync(join(root, "a/b"))).toEqual(["metrics.json"]);
  });

  it("keeps the old file on a full disk", async () => {
    const path = join(root, "summary.json");
    await writeFileAtomic(path, "old");
    await expect(writeFileAtomic(path, "new", { fileSystem: fullDisk })).rejects.toThrow("the disk is full");
    expect(await readFile(path, "utf8")).toBe("old");
    expect(readdirSync(root)).toEqual(["summary.json"]);
  });

  it("removes what killed processes left in the folder, and nothing of live ones", async () => {
    const path = join(root, "model.safetensors");
    const script = `const { temporaryPath } = await import(${JSON.stringify(join(import.meta.dirname, "leftovers.ts"))});
      (await import("node:fs")).writeFileSync(temporaryPath(process.argv[1]), "half");`;
    const args = [
      "--import",
      "tsx",
      "--conditions=@accord-rl/source",
      "--input-type=module",
      "-e",
      script,
      path,
    ];
    expect(spawnSync(process.execPath, args).status).toBe(0);
    const [left] = readdirSync(root);
    expect(left).toMatch(/^model\.safetensors\.\d+-.*\.saving$/);
    const live = basename(temporaryPath(path));
    const reused = left!.replace(/\d+-/, `${process.pid}-`); // an id that a later process got
    const elsewhere = left!.replace(/(\d+)-[0-9a-f]{8}/, "$1-00000000");
    for (const name of [live, reused, elsewhere, "notes.saving"]) writeFileSync(join(root, name), "");
    await writeFileAtomic(join(root, "other.json"), "{}");
    expect(readdirSync(root).sort()).toEqual([elsewhere, live, "notes.saving", "other.json"].sort());
  });
});
