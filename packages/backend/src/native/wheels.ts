import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Python } from "./python.ts";
import { requireSuccess } from "./steps.ts";
import { runCommand, type System } from "./system.ts";
import { unpack } from "./unpack.ts";

/** Downloads wheels, without what they depend on, into a folder. */
export const pipDownload = async (
  system: System,
  python: Python,
  requirements: readonly string[],
  folder: string,
): Promise<void> => {
  mkdirSync(folder, { recursive: true });
  const download = (more: readonly string[]) =>
    runCommand(
      system,
      python.command,
      [
        ...["-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--disable-pip-version-check"],
        ...[
          "--no-input",
          "--dest",
          folder,
          ...(system.showProgress ? [] : ["--quiet"]),
          ...more,
          ...requirements,
        ],
      ],
      { showOutput: system.showProgress },
    );
  let result = await download([]);
  // No Python runs the wheel, so one for another Python is as good where this Python has none.
  if (/No matching distribution/.test(result.stderr)) result = await download(["--python-version", "3.12"]);
  requireSuccess(
    result,
    `pip download ${requirements.join(" ")}`,
    "check that pip reaches its index and that this machine's glibc is 2.27 or later",
  );
};

/** The wheels that a TensorFlow wheel wants for CUDA: its extra and-cuda. */
export const cudaRequirements = (metadata: string): string[] =>
  [...metadata.matchAll(/^Requires-Dist: *([^;\n]+);.*extra *== *["']and-cuda["']/gm)].map(
    ([, requirement]) => (requirement ?? "").replace(/[\s()]/g, ""),
  );

/** Unpacks and deletes each wheel of a folder, so that the disk never holds all of them twice. */
export const unpackWheels = async (
  system: System,
  python: Python,
  wheels: string,
  target: string,
  wanted: readonly string[],
): Promise<string[]> => {
  const names = readdirSync(wheels).filter((name) => name.endsWith(".whl"));
  for (const name of names) {
    requireSuccess(
      await unpack(system, python, join(wheels, name), target, wanted),
      `unpacking ${name}`,
      "try again",
    );
    rmSync(join(wheels, name));
  }
  return names;
};
