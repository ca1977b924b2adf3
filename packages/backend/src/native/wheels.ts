import { createHash } from "node:crypto";
import { createReadStream, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { AccordError } from "@accord-rl/core";
import type { Python } from "./python.ts";
import { requireSuccess } from "./steps.ts";
import { runCommand, type System } from "./system.ts";
import { unpack } from "./unpack.ts";

const nameOf = (requirement: string): string => requirement.split(" ")[0] ?? "";

/** pip compares the hashes as well; here nothing depends on its version or settings. */
const checkHashes = async (folder: string, requirements: readonly string[]): Promise<void> => {
  for (const name of readdirSync(folder)) {
    const hash = createHash("sha256");
    await pipeline(createReadStream(join(folder, name), { highWaterMark: 2 ** 20 }), hash);
    const sha256 = hash.digest("hex");
    if (requirements.some((requirement) => requirement.endsWith(`sha256:${sha256}`))) continue;
    throw new AccordError(
      `${name} has sha256 ${sha256}, which is none that was expected; nothing of it was used. Check the index that pip uses`,
    );
  }
};

/**
 * Downloads wheels, without what they depend on, into a folder. A wheel runs nothing until Python imports it.
 *
 * @param requirements  lines of a requirements file, each with its hash
 * @throws AccordError where pip fails or a file is another one.
 */
export const pipDownload = async (
  system: System,
  python: Python,
  requirements: readonly string[],
  { folder, pythonVersion }: { readonly folder: string; readonly pythonVersion: string },
): Promise<void> => {
  mkdirSync(folder, { recursive: true });
  const list = `${folder}.txt`;
  writeFileSync(list, `${requirements.join("\n")}\n`);
  const options = ["--no-deps", "--only-binary=:all:", "--disable-pip-version-check", "--no-input"];
  const result = await runCommand(
    system,
    python.command,
    [
      ...["-m", "pip", "download", ...options, ...(system.showProgress ? [] : ["--quiet"])],
      ...["--python-version", pythonVersion, "--require-hashes", "--dest", folder, "--requirement", list],
    ],
    { showOutput: system.showProgress },
  );
  requireSuccess(
    result,
    `pip download ${requirements.map(nameOf).join(" ")}`,
    "check that pip reaches its index and that this machine's glibc is 2.27 or later",
  );
  rmSync(list);
  await checkHashes(folder, requirements);
};

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
