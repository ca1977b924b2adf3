import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AccordError, DataError } from "@accord-rl/core";
import { afterAll, expect, test, vi } from "vitest";
import { openAppendLog, readJsonLines } from "./append-log.ts";
import * as disk from "./disk.ts";

vi.mock("./disk.ts", async (original) => ({ ...(await original<typeof disk>()), writeAll: vi.fn() }));
const { writeAll } = await vi.importActual<typeof disk>("./disk.ts");
const write = vi.mocked(disk.writeAll).mockImplementation(writeAll);

const folder = mkdtempSync(join(tmpdir(), "accord-log-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("a log grows, is cut back, and grows on", () => {
  const path = join(folder, "log");
  const log = openAppendLog(path);
  log.append("äb\n");
  expect(log.size).toBe(4);
  log.append(Uint8Array.of(99, 10));
  log.truncate(4);
  log.append("d\n");
  log.flush();
  log.close();
  expect(readFileSync(path, "utf8")).toBe("äb\nd\n");
  const again = openAppendLog(path);
  expect(again.size).toBe(6);
  expect(() => again.truncate(7)).toThrow("has 6 bytes, but the last checkpoint saw 7");
  again.close();
});

// Every write to this device fails as on a full disk.
test.runIf(existsSync("/dev/full"))("a full disk is named", () => {
  const log = openAppendLog("/dev/full");
  expect(() => log.append("x")).toThrow(AccordError);
  expect(() => log.append("x")).toThrow(
    "/dev/full: can't be written, the disk is full. What was saved before is intact.",
  );
  log.close();
});

test("a write that fails halfway leaves nothing of its line", () => {
  const path = join(folder, "full");
  const log = openAppendLog(path);
  log.append("first\n");
  write.mockImplementationOnce((descriptor, bytes) => {
    writeAll(descriptor, bytes.subarray(0, 3));
    throw Object.assign(new Error("no space"), { code: "ENOSPC" });
  });
  expect(() => log.append("second\n")).toThrow("the disk is full");
  log.append("third\n");
  expect(readFileSync(path, "utf8")).toBe("first\nthird\n");
  expect(log.size).toBe(12);
  log.close();
});

test("lines are read; a torn last one is left out, a broken one is named", () => {
  const path = join(folder, "lines");
  writeFileSync(path, '{"a":1}\n{"a":2}\n{"a":');
  expect(readJsonLines(path)).toEqual([{ a: 1 }, { a: 2 }]);
  writeFileSync(path, '{"a":1}\n{"a":\n{"a":3}\n');
  expect(() => readJsonLines(path)).toThrow(DataError);
  expect(() => readJsonLines(path)).toThrow(`${path}:2: no valid JSON`);
});
