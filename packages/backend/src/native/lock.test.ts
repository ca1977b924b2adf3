import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../__fixtures__/fake-machine.ts";
import { takeLock } from "./lock.ts";

describe("takeLock", () => {
  it("lets one in at a time", () => {
    const root = temporaryFolder();
    const unlock = takeLock(root);
    expect(() => takeLock(root)).toThrow(`another accord-native (process ${process.pid} on `);
    unlock();
    takeLock(root)();
    expect(existsSync(join(root, "lock"))).toBe(false);
  });

  it("takes over what a dead process left", () => {
    const root = temporaryFolder();
    const unlockFirst = takeLock(root);
    const mine = readFileSync(join(root, "lock"), "utf8");
    unlockFirst();
    const { pid } = spawnSync(process.execPath, ["--version"]); // has ended: no such process any more
    writeFileSync(join(root, "lock"), mine.replace(`"pid":${process.pid}`, `"pid":${pid}`));
    const unlock = takeLock(root);
    expect(() => takeLock(root)).toThrow(`process ${process.pid}`);
    unlock();
  });

  it.runIf(existsSync("/proc/self/stat"))("notices that a process id was given to another process", () => {
    const root = temporaryFolder();
    const unlockFirst = takeLock(root);
    const { began, ...owner } = JSON.parse(readFileSync(join(root, "lock"), "utf8")) as { began: string };
    unlockFirst();
    writeFileSync(join(root, "lock"), JSON.stringify({ ...owner, began: `${began}0` }));
    takeLock(root)();
  });

  it("takes over a lock that was cut before its number", () => {
    const root = temporaryFolder();
    writeFileSync(join(root, "lock"), "");
    takeLock(root)();
  });
});
