import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AccordError } from "@accord-rl/core";
import { afterAll, expect, test } from "vitest";
import { diskError, makeFolder } from "./disk.ts";

const parent = mkdtempSync(join(tmpdir(), "accord-disk-"));
afterAll(() => rmSync(parent, { recursive: true }));

test("makes a folder with those above it, and leaves one that is there", () => {
  const folder = join(parent, "a/b/c");
  makeFolder(folder);
  writeFileSync(join(folder, "file"), "");
  makeFolder(folder);
  expect(statSync(folder).isDirectory()).toBe(true);
  expect(existsSync(join(folder, "file"))).toBe(true);
});

test.each([
  ["below a file", () => join(import.meta.filename, "x"), /a part of the path is a file/],
  [
    "where the system makes none",
    () => "/proc/none/x",
    /can't be written, (its folder is not there|permission)/,
  ],
])("says why no folder can be made %s", (_, path, message) => {
  expect(() => makeFolder(path())).toThrow(message);
  expect(() => makeFolder(path())).toThrow(AccordError);
});

test("leaves alone what it can't explain", () => {
  const strange = new Error("strange");
  expect(diskError("x", strange)).toBe(strange);
});
