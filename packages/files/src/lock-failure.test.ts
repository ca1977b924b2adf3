import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "accord-lock-"));
});
afterEach(() => {
  vi.doUnmock("node:fs");
  vi.resetModules();
  rmSync(folder, { recursive: true });
});

const fails = (code: string) => (): never => {
  throw Object.assign(new Error(`${code}: of the disk`), { code });
};

/** Takes a lock on a disk some of whose operations fail. */
const takeOn = async (broken: Partial<typeof import("node:fs")>): Promise<() => void> => {
  vi.resetModules();
  vi.doMock("node:fs", async (original) => ({
    ...(await original<typeof import("node:fs")>()),
    ...broken,
  }));
  const { takeLock } = await import("./lock.ts");
  return takeLock(join(folder, "lock"), (who) => `${who} holds it`);
};

test.each(["EIO", "EACCES"])(
  "the error of a write is told, not that its cleaning up met %s",
  async (code) => {
    await expect(takeOn({ writeFileSync: fails("ENOSPC"), rmSync: fails(code) })).rejects.toMatchObject({
      message: expect.stringContaining("the disk is full"),
    });
  },
);

test.each(["EIO", "EACCES"])(
  "a lock that can't be removed (%s) hides no error of the program",
  async (code) => {
    const release = await takeOn({ rmSync: fails(code) });
    const failing = (): never => {
      try {
        throw new Error("what went wrong");
      } finally {
        release();
      }
    };
    expect(failing).toThrow("what went wrong");
  },
);

test("a folder that can't be listed for claims of dead processes is no obstacle", async () => {
  const release = await takeOn({ readdirSync: fails("EACCES") as never });
  release();
});
