import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { displayPath, latestFolder, nextFolder, resolvePath } from "./folders.ts";

afterEach(() => vi.unstubAllEnvs());

test("folders are numbered, and the latest is the one with the largest number", () => {
  const parent = mkdtempSync(join(tmpdir(), "accord-folders-"));
  try {
    expect(nextFolder("demo", join(parent, "none"))).toBe(join(parent, "none", "demo-1"));
    expect(() => latestFolder("demo", parent)).toThrow("--resume: there is no demo-1 in");
    for (const name of ["demo-2", "demo-10", "demo-x", "demos-99", "other-50"]) mkdirSync(join(parent, name));
    expect(nextFolder("demo", parent)).toBe(join(parent, "demo-11"));
    expect(latestFolder("demo", parent)).toBe(join(parent, "demo-10"));
  } finally {
    rmSync(parent, { recursive: true });
  }
});

test("paths count from where the user stands, also when npm has moved to the package", () => {
  vi.stubEnv("INIT_CWD", "/home/someone");
  vi.stubEnv("npm_package_json", join(process.cwd(), "package.json"));
  expect(resolvePath("runs/a")).toBe("/home/someone/runs/a");
  expect(displayPath("/home/someone/runs/a")).toBe("runs/a");
  expect(displayPath("/elsewhere/a")).toBe("/elsewhere/a");
  vi.stubEnv("npm_package_json", "/another/package.json");
  expect(resolvePath("runs/a")).toBe(resolve("runs/a"));
});
