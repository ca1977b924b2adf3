import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { CommandRunner } from "./command.ts";
import { preparePeerPython } from "./peer-environment.ts";

let root: string;
let calls: string[];
let lines: string[];

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "accord-peer-"));
  writeFileSync(join(root, "requirements.txt"), "torch==1.0\n");
  calls = [];
  lines = [];
});
afterEach(() => rmSync(root, { recursive: true }));

/** A machine on which the commands that match fail with what they say. */
const machine =
  (failures: readonly (readonly [pattern: RegExp, output: string])[] = []): CommandRunner =>
  async (command, args, { onLine } = {}) => {
    const line = [command, ...args].join(" ");
    calls.push(line);
    const failure = failures.find(([pattern]) => pattern.test(line));
    onLine?.("Downloading torch-1.0-cp311-linux.whl (539.1 MB)");
    return failure ? { code: 1, output: failure[1] } : { code: 0, output: "3.12" };
  };

const prepare = (run: CommandRunner) =>
  preparePeerPython({
    folder: join(root, "peer"),
    requirementsPath: join(root, "requirements.txt"),
    log: (line) => lines.push(line),
    run,
  });

describe("preparePeerPython", () => {
  it("makes an environment once, and anew when the requirements change", async () => {
    const python = await prepare(machine());
    expect(python).toBe(join(root, "peer/environment/bin/python"));
    expect(calls.some((line) => line.includes("-m venv"))).toBe(true);
    expect(lines).toContain("  torch-1.0: 539.1 MB");
    const made = calls.length;
    await prepare(machine());
    expect(calls).toHaveLength(made);
    writeFileSync(join(root, "requirements.txt"), "torch==1.1\n");
    await prepare(machine());
    expect(calls.length).toBeGreaterThan(made);
    expect(readFileSync(join(root, "peer/requirements.txt"), "utf8")).toBe("torch==1.1\n");
  });

  it.each([
    [[[/-c import sys/, "not found"]], /no Python found .* --python/],
    [[[/-c import sys/, "3.8"]], /python3 is Python 3\.8, expected 3\.10 or later/],
    [
      [[/-c import sys/, "3.12\nModuleNotFoundError: No module named 'ensurepip'"]],
      /apt install python3-venv/,
    ],
    [[[/-m venv/, "No space left on device"]], /making the environment failed: No space left/],
    [
      [[/pip install .*-r/, "WARNING: retrying\nERROR: No matching distribution found for torch==1.0"]],
      /pip install failed: ERROR: No matching distribution found for torch==1\.0; look at the network/,
    ],
    [[[/import torch/, "ImportError: libgomp.so.1"]], /importing torch failed: ImportError: libgomp/],
  ] as [[RegExp, string][], RegExp][])("says what failed and what to do: %s", async (failures, message) => {
    await expect(prepare(machine(failures))).rejects.toThrow(message);
    // The next attempt starts anew, and nothing is locked.
    expect(existsSync(join(root, "peer/requirements.txt"))).toBe(false);
    expect(existsSync(join(root, "peer/lock"))).toBe(false);
  });

  it("lets one process at a time make it", async () => {
    let second: Promise<unknown> | undefined;
    const slow: CommandRunner = async (command, args, options) => {
      second ??= prepare(machine()).catch((error: Error) => error.message);
      await second;
      return machine()(command, args, options);
    };
    await prepare(slow);
    expect(await second).toMatch(/is making the peer's environment: start again when it is done/);
  });
});
